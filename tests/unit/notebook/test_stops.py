"""How an execution ends that no cell's own exception ended: in one error that says where, never in a traceback."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import papermill  # type: ignore[import-untyped]  # it has no types
import pytest
from nbclient.exceptions import CellControlSignal, CellTimeoutError, DeadKernelError
from nbformat import v4, write
from papermill.exceptions import PapermillException  # type: ignore[import-untyped]  # as above

from groundwork.errors import GroundworkError
from groundwork.notebook import execute
from groundwork.notebook.document import read_notebook

V4: Any = v4  # it has no types


def run(folder: Path, *cells: Any) -> Path:
    """Execute these cells in a kernel of their own and return the executed copy."""
    (folder / "pipelines/forecasting").mkdir(parents=True)
    (folder / "scratch").mkdir()
    path = folder / "pipelines/forecasting/n.ipynb"
    made = [V4.new_code_cell(cell) if isinstance(cell, str) else cell for cell in cells]
    write(V4.new_notebook(cells=made), path)  # type: ignore[no-untyped-call]  # nbformat has no types
    place: Any = None  # nothing is stored here
    request = execute._Request(id="b", notebook=path, workspace=folder, deployment=place, platform=place, say=lambda _: None)
    return execute._run(request, read_notebook(path), folder / "scratch")


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (
            ("print(1)", "import sys; sys.exit(0)", "print(3)"),
            "cell 2/3 of n.ipynb ended the notebook: 1 of its cells did not run",
        ),
        (
            ("%nosuch", "print(2)"),
            "cell 1/2 of n.ipynb raised CellExecutionError: UsageError: Line magic function `%nosuch` not found.",
        ),
        (("print(1)", "import os; os._exit(0)"), "the kernel of n.ipynb died in cell 2/2"),
    ],
)
def test_what_stops_it_is_told_with_the_cell(tmp_path: Path, cells: tuple[str, ...], said: str) -> None:
    with pytest.raises(GroundworkError) as stopped:
        run(tmp_path, *cells)
    assert stopped.value.message == said


def test_a_cell_that_is_not_to_run_is_not_missed(tmp_path: Path) -> None:
    skipped = V4.new_code_cell("1 / 0", metadata={"tags": ["skip-execution"]})
    assert run(tmp_path, "print(1)", skipped, "import sys; sys.exit()").is_file()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (CellTimeoutError("Timeout waiting for IOPub output"), "kernel-timeout"),
        (CellControlSignal("stop"), "notebook-failed"),
        (DeadKernelError("Kernel died"), "kernel-failed"),
        (RuntimeError("Kernel died before replying to kernel_info"), "kernel-start-failed"),
        (PapermillException("no such engine"), "notebook-failed"),
    ],
)
def test_whatever_papermill_and_nbclient_raise_is_one_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, code: str
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(papermill, "execute_notebook", fails)
    with pytest.raises(GroundworkError) as stopped:
        run(tmp_path, "print(1)")
    assert stopped.value.code == code
    assert "n.ipynb" in stopped.value.message


def test_a_bug_of_ours_keeps_its_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise asyncio.InvalidStateError

    monkeypatch.setattr(papermill, "execute_notebook", fails)
    with pytest.raises(asyncio.InvalidStateError):
        run(tmp_path, "print(1)")
