"""The parts of an execution: the file, what is shown, what is retracted, and which `pipelines` a kernel sees."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from nbformat import NotebookNode, v4

from groundwork.errors import GroundworkError
from groundwork.notebook.document import read_notebook
from groundwork.notebook.paths import pushed_pipelines
from groundwork.notebook.progress import Progress
from groundwork.notebook.results import retract, retract_failed, runs_of
from groundwork.ports.errors import Absent

if TYPE_CHECKING:
    from pathlib import Path

V4: Any = v4  # it has no types
CELL: dict[str, Any] = {"cell_type": "code", "source": "1", "metadata": {}, "outputs": [], "execution_count": None}


def document(*cells: Any, **metadata: Any) -> str:
    return json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "notebook-invalid"),
        ("not json", "notebook-invalid"),
        ("[]", "notebook-invalid"),
        ("{}", "notebook-invalid"),
        ('{"cells": 5, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}', "notebook-invalid"),
        ('{"cells": [], "metadata": {}, "nbformat": 99, "nbformat_minor": 0}', "notebook-invalid"),
        (document({"cell_type": "code"}), "notebook-invalid"),
        (document(), "notebook-empty"),
        (document({**CELL, "source": "  "}, {"cell_type": "markdown", "source": "x", "metadata": {}}), "notebook-empty"),
        (document(CELL, kernelspec={"name": "ir", "display_name": "R", "language": "R"}), "notebook-language-unsupported"),
        (document(CELL, language_info={"name": "julia"}), "notebook-language-unsupported"),
    ],
)
def test_a_broken_notebook_gets_one_error(tmp_path: Path, text: str, code: str) -> None:
    path = tmp_path / "n.ipynb"
    path.write_text(text)
    with pytest.raises(GroundworkError) as error:
        read_notebook(path)
    assert error.value.code == code
    assert "\n" not in error.value.message


@pytest.mark.parametrize("version", [2, 3])
def test_a_notebook_of_an_old_format_is_one_of_today_s(tmp_path: Path, version: int) -> None:
    """What nbformat makes of it by itself is of another class, which papermill takes for a path."""
    cell = {"cell_type": "code", "collapsed": False, "input": "print(12)", "language": "python", "outputs": [], "metadata": {}}
    old = {
        "metadata": {"name": "old"},
        "nbformat": version,
        "nbformat_minor": 0,
        "worksheets": [{"cells": [cell], "metadata": {}}],
    }
    path = tmp_path / "old.ipynb"
    path.write_text(json.dumps(old))
    read = read_notebook(path)
    assert isinstance(read, NotebookNode)
    assert (read.nbformat, [cell.source for cell in read.cells]) == (4, ["print(12)"])


@pytest.mark.parametrize("minor", range(5))
def test_ids_from_before_there_were_any_are_taken_away(tmp_path: Path, minor: int) -> None:
    """Editors write them into notebooks of formats 4.0 to 4.4, which the format forbids and Jupyter opens all the same."""
    given = json.loads(document({**CELL, "id": "one"}, {**CELL, "id": "one"}))
    (tmp_path / "n.ipynb").write_text(json.dumps({**given, "nbformat_minor": minor}))
    assert [cell.source for cell in read_notebook(tmp_path / "n.ipynb").cells] == ["1", "1"]


def test_a_mark_of_byte_order_is_no_part_of_a_notebook(tmp_path: Path) -> None:
    (tmp_path / "n.ipynb").write_bytes(b"\xef\xbb\xbf" + document(CELL).encode())
    assert read_notebook(tmp_path / "n.ipynb").cells


@pytest.mark.parametrize("spec", [{}, {"name": "their-own"}, {"name": "x", "display_name": "X", "language": "python"}])
def test_whatever_kernel_it_names_it_gets_ours(tmp_path: Path, spec: dict[str, str]) -> None:
    path = tmp_path / "n.ipynb"
    path.write_text(document(CELL, kernelspec=spec))
    assert read_notebook(path).metadata["kernelspec"]["name"] == "python3"


def test_a_person_sees_cells_lines_and_results_but_no_warnings() -> None:
    cells = [V4.new_markdown_cell("# Title"), V4.new_code_cell("\n# Fit\nfit()")]
    said: list[str] = []
    progress = Progress(V4.new_notebook(cells=cells), said.append)
    progress.begin(cells[1], 1)
    progress.write("one\ntw")
    progress.write("o\n/lib/a.py:3: FutureWarning: old\n  call()\n\x1b[31mthree\x1b[0m\n")
    cells[1].outputs = [V4.new_output("execute_result", data={"text/plain": "42"})]
    progress.end(cells[1], 1)
    assert said[:-1] == ["cell 1/1: # Fit", "    one", "    two", "    three", "    42"]
    assert said[-1].startswith("cell 1/1 … ")


def test_a_flood_is_cut_and_said_so() -> None:
    cell = V4.new_code_cell("flood()")
    said: list[str] = []
    progress = Progress(V4.new_notebook(cells=[cell]), said.append)
    progress.begin(cell, 0)
    progress.write("x\n" * 1000)
    progress.end(cell, 0)
    assert len(said) == 63
    assert said[-2] == "    … 940 more lines, in the executed copy"


def test_what_is_written_over_is_dropped_at_once() -> None:
    """A progress bar writes one line thousands of times: keeping it until it ends costs more with every step."""
    cell = V4.new_code_cell("bar()")
    said: list[str] = []
    progress = Progress(V4.new_notebook(cells=[cell]), said.append)
    progress.begin(cell, 0)
    for step in range(5_000):
        progress.write(f"\r{step} " + "=" * 100)
        assert len(progress._rest) < 400
    progress.write("\rdone\r")
    progress.write("\nnext\r\n")
    progress.write("x" * 100_000)
    assert len(progress._rest) < 400
    progress.end(cell, 0)
    assert said[1:4] == ["    done", "    next", "    " + "x" * 159 + "…"]


class FakeWarehouse:
    """Tables with batches, and one that has just gone."""

    def __init__(self) -> None:
        self.stored = {"p.d.a": ["r1", "r2"], "p.d.b": ["r1"], "p.other.c": ["r1"]}

    def tables(self, dataset: str) -> list[str]:
        return [f"{dataset}.gone", *(name for name in self.stored if name.startswith(dataset))]

    def batches(self, table: str) -> list[str]:
        if table not in self.stored:
            raise Absent(table, "")
        return self.stored[table]

    def retract(self, table: str, *, batch: str) -> None:
        self.stored[table] = [other for other in self.stored[table] if other != batch]


def test_only_the_results_of_those_runs_in_that_dataset_are_retracted() -> None:
    warehouse = FakeWarehouse()
    platform: Any = SimpleNamespace(warehouse=warehouse)
    assert retract(platform, "p.d", ["r1", "r9"]) == {"r1": "retracted its rows in a, b"}
    assert warehouse.stored == {"p.d.a": ["r2"], "p.d.b": [], "p.other.c": ["r1"]}
    assert retract(platform, "p.d", ["r1", "r9"]) == {}
    assert retract(platform, "p.d", []) == {}


def test_results_of_failed_and_interrupted_runs_of_a_deployment_are_retracted() -> None:
    warehouse = FakeWarehouse()
    warehouse.stored = {"p.d.a": ["ended", "failed", "killed", "loaded", "runs", "theirs"], "p.other.c": ["failed"]}
    statuses = {"ended": "succeeded", "failed": "failed", "killed": "interrupted", "runs": "running"}
    runs = [SimpleNamespace(id=id_, deployment="own", status=status) for id_, status in statuses.items()]
    runs.append(SimpleNamespace(id="theirs", deployment="another", status="failed"))
    platform: Any = SimpleNamespace(warehouse=warehouse, runner=SimpleNamespace(runs=lambda: runs))
    deployment: Any = SimpleNamespace(name="own", dataset="p.d")
    assert set(retract_failed(platform, deployment)) == {"failed", "killed"}
    assert warehouse.stored == {"p.d.a": ["ended", "loaded", "runs", "theirs"], "p.other.c": ["failed"]}


def test_a_dataset_that_is_gone_has_nothing_to_retract() -> None:
    def gone(dataset: str) -> list[str]:
        raise Absent(dataset, "")

    platform: Any = SimpleNamespace(warehouse=SimpleNamespace(tables=gone))
    assert retract(platform, "p.d", ["r1"]) == {}


def test_the_runs_of_a_build_are_those_that_carry_its_id() -> None:
    runs = [SimpleNamespace(id="r3", build="b1"), SimpleNamespace(id="r2", build=None), SimpleNamespace(id="r1", build="b2")]
    platform: Any = SimpleNamespace(runner=SimpleNamespace(runs=lambda: runs))
    assert runs_of(platform, "b1") == ["r3"]


@pytest.mark.parametrize("own", [None, "OWN = 'kept'\n"])
def test_pipelines_are_the_workspaces_alone_and_groundwork_the_platforms(tmp_path: Path, own: str | None) -> None:
    workspace, scratch = tmp_path / "workspace", tmp_path / "scratch"
    (workspace / "pipelines/forecasting").mkdir(parents=True)
    (workspace / "pipelines/forecasting/pushed.py").touch()
    (workspace / "groundwork").mkdir()
    (workspace / "groundwork/__init__.py").write_text("raise RuntimeError")
    if own:
        (workspace / "pipelines/__init__.py").write_text(own)
    code = (
        "import json, importlib.util as u, groundwork, pipelines, pipelines.forecasting.pushed as pushed;"
        "print(json.dumps([groundwork.__file__, pushed.__file__, getattr(pipelines, 'OWN', None),"
        " u.find_spec('pipelines.forecasting.pipeline') is None]))"
    )
    environment = {**os.environ, "PYTHONPATH": str(pushed_pipelines(workspace, scratch)), "PYTHONSAFEPATH": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=workspace, env=environment, capture_output=True, text=True, check=True
    )
    platform, pushed, kept, alone = json.loads(done.stdout)
    assert not platform.startswith(str(tmp_path))
    assert pushed == str(workspace / "pipelines/forecasting/pushed.py")
    assert kept == ("kept" if own else None)
    assert alone
