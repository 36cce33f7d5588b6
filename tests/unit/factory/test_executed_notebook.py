"""The executed copy of a notebook beside the commit's: outputs are taken from it, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import nbformat
import pytest

from groundwork.factory.executed_notebook import Differs, with_outputs
from groundwork.factory.report.notebook import read_cells
from groundwork.notebook.which import which_notebook
from tests.unit.factory.report_samples import code, markdown, notebook

PRINTED = {"output_type": "stream", "name": "stdout", "text": "printed"}


def _older(*cells: dict[str, Any]) -> bytes:
    """Return a notebook as formats before 4.5 are: without ids."""
    return notebook(*[{key: value for key, value in cell.items() if key != "id"} for cell in cells], nbformat_minor=2)


def test_outputs_come_from_the_copy_and_sources_from_the_commit() -> None:
    committed = _older(markdown("# Title"), code("print(1)"))
    executed = notebook(markdown("# Title", "x1"), code("print(1)", PRINTED, 0, name="x2"))
    cells = read_cells(with_outputs(committed, executed))
    assert [("markdown", "# Title", ""), ("code", "print(1)", "")] == [(cell.kind, cell.source, cell.id) for cell in cells]
    assert ([PRINTED], 1, 1) == (list(cells[1].outputs), cells[1].odd, cells[1].execution)


@pytest.mark.parametrize(
    ("executed", "reason"),
    [
        ([code("a"), code("b"), code("evil()")], "cell 3 is missing in the commit, and code `evil()` in the executed copy"),
        ([code("a")], "cell 2 is code `b` in the commit, and missing in the executed copy"),
        ([code("a"), code("c")], "cell 2 is code `b` in the commit, and code `c` in the executed copy"),
        ([code("b"), code("a")], "cell 1 is code `a` in the commit, and code `b` in the executed copy"),
        ([markdown("a"), code("b")], "cell 1 is code `a` in the commit, and markdown `a` in the executed copy"),
        ([code("a "), code("b")], "cell 1 is"),
        ([code("injected = 1"), code("a"), code("b")], "cell 1 is"),
    ],
)
def test_a_copy_with_other_cells_is_refused_with_the_first_that_differs(executed: list[dict[str, Any]], reason: str) -> None:
    with pytest.raises(Differs, match="cell") as refused:
        with_outputs(notebook(code("a"), code("b")), notebook(*executed))
    assert reason in str(refused.value)


@pytest.mark.parametrize("executed", [b"", b"{", b"[]", b'{"nbformat": 4}'])
def test_a_copy_that_is_no_notebook_is_refused(executed: bytes) -> None:
    with pytest.raises(Differs, match="the executed copy"):
        with_outputs(notebook(code("a")), executed)


@pytest.mark.parametrize("source", ["a\nb", "a\r\nb", "a\n\n", "", " ", "\u00e9\u2028x", "\tx"])
@pytest.mark.parametrize("minor", [0, 2, 4, 5])
def test_what_nbformat_puts_right_on_the_way_is_no_difference(source: str, minor: int) -> None:
    """It invents ids, raises the format, and writes a source as one string or as many."""
    cells = [{**cell, "source": source.splitlines(keepends=True)} for cell in (code(source), markdown(source))]
    committed = _older(*cells) if minor < 5 else notebook(*[{**cell, "id": f"c{at}"} for at, cell in enumerate(cells)])
    committed = json.dumps({**json.loads(committed), "nbformat_minor": minor}).encode()
    read = nbformat.reads(committed.decode(), as_version=4)  # type: ignore[no-untyped-call]  # nbformat has no types
    written = nbformat.writes(nbformat.v4.upgrade(read)).encode()  # type: ignore[no-untyped-call]  # as above
    assert 2 == len(read_cells(with_outputs(committed, written)))


def test_a_notebook_of_an_old_format_is_held_against_what_it_was_converted_to() -> None:
    old = {
        "nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""},
        "worksheets": [{"cells": [
            {"cell_type": "heading", "level": 1, "source": ["Title"], "metadata": {}},
            {"cell_type": "code", "input": ["x = 1"], "language": "python", "outputs": [], "metadata": {}, "collapsed": False},
        ]}],
    }  # fmt: skip
    executed = notebook(markdown("# Title"), code("x = 1", PRINTED))
    assert ["# Title", "x = 1"] == [cell.source for cell in read_cells(with_outputs(json.dumps(old).encode(), executed))]
    with pytest.raises(Differs, match="cell 2"):
        with_outputs(json.dumps(old).encode(), notebook(markdown("# Title"), code("x = 2")))


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ([], "notebook.ipynb"),
        (["pipelines/forecasting/models.py"], "notebook.ipynb"),
        (["pipelines/forecasting/deep/x.ipynb"], "deep/x.ipynb"),
        (["pipelines/forecasting/.ipynb_checkpoints/x.ipynb"], "notebook.ipynb"),
        (["pipelines/forecasting2/x.ipynb", "x.ipynb"], "notebook.ipynb"),
    ],
)
def test_the_commit_says_which_notebook_is_executed(changed: list[str], path: str) -> None:
    assert f"pipelines/forecasting/{path}" == str(which_notebook(changed, "forecasting"))
