"""The notebook of a commit: the factory chooses it and passes it to the build that executes it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from groundwork.errors import GroundworkError
from groundwork.printable import printable

# decision 5: a push executes exactly one notebook
_CHECKPOINTS = ".ipynb_checkpoints"


def which_notebook(changed: Iterable[str], pipeline: str) -> PurePosixPath:
    """Return the notebook to execute, from the present paths of the files that a commit added, changed or renamed.

    It is the changed notebook in the pipeline's folder; without one it is `notebook.ipynb`, as the code that it runs changed.
    Raises GroundworkError for two or more.
    """
    folder = PurePosixPath("pipelines", pipeline)
    paths = sorted(PurePosixPath(path) for path in changed)
    found = [path for path in paths if path.is_relative_to(folder) and path.suffix == ".ipynb" and _CHECKPOINTS not in path.parts]
    if len(found) > 1:
        listed = ", ".join(printable(str(path)) for path in found)
        raise GroundworkError(
            "notebook-ambiguous",
            f"{len(found)} notebooks changed: {listed}",
            "split the change: push each notebook on a separate branch",
        )
    return found[0] if found else folder / "notebook.ipynb"


def notebook_in(workspace: Path, notebook: PurePosixPath, pipeline: str) -> Path:
    """Return the path of a pipeline's notebook in a checkout; raises GroundworkError if it is missing or a link."""
    path, folder = workspace / notebook, workspace.resolve() / "pipelines" / pipeline
    if not path.exists() and not path.is_symlink():
        raise GroundworkError(
            "notebook-not-found",
            f"there is no {printable(str(notebook))}",
            "commit a notebook under this name",
        )
    real = path.resolve()
    if real != workspace.resolve() / notebook or not real.is_file() or not real.is_relative_to(folder):
        raise GroundworkError(
            "notebook-outside",
            f"{printable(str(notebook))} is not a file in pipelines/{pipeline}: its target is outside",
            "commit the notebook itself instead of a link",
        )
    return real
