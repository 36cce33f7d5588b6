"""Executes one notebook and keeps the executed copy; retracts the results of a notebook that failed."""

from __future__ import annotations

import json
import logging
import tempfile
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING, Any

import papermill  # type: ignore[import-untyped]  # it has no types
from nbclient.exceptions import CellControlSignal, CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillException, PapermillExecutionError  # type: ignore[import-untyped]  # as above

from groundwork.errors import GroundworkError
from groundwork.notebook.document import read_notebook
from groundwork.notebook.kernel import kernel_for
from groundwork.notebook.progress import Progress
from groundwork.notebook.results import retract_results, runs_of
from groundwork.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable

    import nbformat

    from groundwork.contract.deployment import Deployment
    from groundwork.ports.platform import Platform

_TRACEBACK_LINES = 40
_STDERR_LINES = 15
_SILENCE = 60
"""Seconds in which a kernel must hand over the output of a finished cell: papermill's 4 are too few on a busy machine."""
_OURS = frozenset({"groundwork", "pipelines", "components", "stacks"})


@dataclass(frozen=True, kw_only=True)
class _Request:
    """The arguments of `execute`."""

    id: str
    notebook: Path
    workspace: Path
    deployment: Deployment
    platform: Platform
    say: Callable[[str], None]


def execute(  # noqa: PLR0913  the notebook, its context, and the name and output of the execution
    notebook: Path, *, workspace: Path, deployment: Deployment, platform: Platform, execution: str, say: Callable[[str], None]
) -> str:
    """Execute a notebook in its own folder and return the address of the executed copy (`gs://…`).

    The notebook imports the `pipelines` of the checkout `workspace`, and has the environment of this process. `execution` is the
    id of a build, or a generated id for a manual run; the runs of the notebook have it as their build. When a cell raises, when
    the copy cannot be kept, or after an interruption, all rows of those runs are retracted. Raises GroundworkError.
    """
    request = _Request(id=execution, notebook=notebook, workspace=workspace, deployment=deployment, platform=platform, say=say)
    document = read_notebook(request.notebook)
    request.say(f"executing {printable(request.notebook.name)} for the deployment {request.deployment.name}")
    try:
        with tempfile.TemporaryDirectory(prefix="groundwork-") as folder:
            executed = _run(request, document, Path(folder))
            kept = f"{request.deployment.artifacts}/executions/{request.id}/notebook.ipynb"
            _keep(request.platform, executed, kept)
    except BaseException:  # also Ctrl-C: an incomplete execution has no results
        _retract(request)
        raise
    request.say(f"executed copy: {kept}")
    return kept


def _run(request: _Request, document: nbformat.NotebookNode, scratch: Path) -> Path:
    progress = Progress(document, request.say)
    executed = scratch / "executed.ipynb"
    # `say` prints its progress; its log would repeat it.
    logging.getLogger("papermill").setLevel(logging.CRITICAL)
    try:
        papermill.execute_notebook(
            document,
            executed,
            cwd=request.notebook.parent,
            kernel_name="python3",
            kernel_manager_class=kernel_for(request.workspace, scratch, execution=request.id),
            progress_bar=False,
            stdout_file=progress,
            stderr_file=progress,
            on_cell_start=progress.begin,
            on_cell_executed=progress.end,
            ipython_hist_file=":memory:",
            iopub_timeout=_SILENCE,
        )
    except PapermillExecutionError as error:
        _show(error, progress, request.say)
        raise _explained(error, progress, request.notebook) from None
    except (PapermillException, CellControlSignal, RuntimeError) as error:
        raise _stopped(error, progress, request.notebook) from error
    _require_whole(executed, progress, request.notebook)
    return executed


def _stopped(error: Exception, progress: Progress, notebook: Path) -> GroundworkError:
    """Return the error of an execution that did not end with a cell's own exception."""
    name, position = printable(notebook.name), progress.position or "its start"
    reason = printable(str(error)).strip().partition("\n")[0][:200]
    match error:
        case DeadKernelError():
            hint = "use less memory in the cell, and do not end the process (`os._exit`)"
            return GroundworkError("kernel-failed", f"the kernel of {name} died in {position}", hint)
        case CellTimeoutError():
            hint = "reduce the output of the cell, or push again: the usual cause is an overloaded machine"
            return GroundworkError("kernel-timeout", f"the kernel of {name} returned no output of {position}: {reason}", hint)
        case RuntimeError() if not progress.position:
            hint = "push again; if it fails again, check the platform's image and lock"
            return GroundworkError("kernel-start-failed", f"the kernel of {name} did not start: {reason}", hint)
    hint = "run it with `groundwork try`, correct it and push again"
    return GroundworkError(
        "notebook-failed", f"{name} could not be executed at {position}: {type(error).__name__}: {reason}", hint
    )


def _require_whole(executed: Path, progress: Progress, notebook: Path) -> None:
    """Raise GroundworkError if a cell ended the notebook early (`sys.exit()`), which papermill takes for success."""
    cells = json.loads(executed.read_bytes())["cells"]
    missed = [cell for cell in cells if cell["cell_type"] == "code" and "".join(cell["source"]).strip() and not _ran(cell)]
    if missed:
        raise GroundworkError(
            "notebook-exit-refused",
            f"{progress.position} of {printable(notebook.name)} ended the notebook: {len(missed)} of its cells did not run",
            "put optional code under an `if`; every cell of a notebook has to run",
        )


def _ran(cell: dict[str, Any]) -> bool:
    """Return whether a cell ran, or is tagged to be skipped."""
    return cell["execution_count"] is not None or "skip-execution" in cell["metadata"].get("tags", ())


def _show(error: PapermillExecutionError, progress: Progress, say: Callable[[str], None]) -> None:
    """Show the cell, the end of its standard error, and the error."""
    say(f"{progress.where(error.cell_index)} failed; its source:")
    say(indent(printable(error.source), "    "))
    if written := printable(progress.errors_printed()).strip():
        say("on standard error:")
        say(indent(_tail(written, _STDERR_LINES), "    "))
    say("the error:")
    say(indent(_tail(printable("\n".join(error.traceback)) or f"{error.ename}: {error.evalue}", _TRACEBACK_LINES), "    "))


def _explained(error: PapermillExecutionError, progress: Progress, notebook: Path) -> GroundworkError:
    cell = f"{progress.where(error.cell_index)} of {printable(notebook.name)}"
    if error.ename == "ModuleNotFoundError" and (package := _missing_package(error.evalue, notebook)):
        return GroundworkError(
            "package-missing",
            f"{cell} needs the package `{package}`, which is not in the platform's lock",
            f"run `uv add {package}`, and open a pull request with the changed pyproject.toml and uv.lock",
        )
    # IPython prints some errors, such as an unknown magic, only on standard error.
    reason = printable(error.evalue).strip() or printable(progress.errors_printed()).strip().rpartition("\n")[2]
    return GroundworkError(
        "notebook-failed",
        f"{cell} raised {error.ename}{': ' if reason else ''}{reason.partition(chr(10))[0]}",
        "run it with `groundwork try`, correct it and push again",
    )


def _missing_package(evalue: str, notebook: Path) -> str:
    """Return the package of a ModuleNotFoundError, or "" if the missing module is the client's own."""
    name = printable(evalue).partition("'")[2].partition("'")[0].partition(".")[0]
    own = (notebook.parent / name).is_dir() or name in _OURS
    return "" if own else name


def _keep(platform: Platform, executed: Path, kept: str) -> None:
    with platform.objects.open(kept, "wb") as file:
        file.write(executed.read_bytes())


def _retract(request: _Request) -> None:
    try:
        retracted = retract_results(request.platform, request.deployment, runs_of(request.platform, request.id))
    except GroundworkError as error:
        request.say(f"warning: results of {request.id} may still be stored: {error}")
        return
    for run, phrase in retracted.items():
        request.say(f"run {run}: {phrase}")


def _tail(text: str, lines: int) -> str:
    rows = text.split("\n")
    return text if len(rows) <= lines else "\n".join(["…", *rows[-lines:]])
