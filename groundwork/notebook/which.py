"""The rule by which a commit says what is executed: for the build that does it, and for the factory, which believes no build."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

from groundwork.errors import GroundworkError
from groundwork.printable import printable

_CHECKPOINTS = ".ipynb_checkpoints"


def which_notebook(changed: Iterable[str], pipeline: str) -> PurePosixPath:
    """Return the notebook to execute, given what a commit added, changed or renamed, under its present paths.

    It is the one of the pipeline's folder among them; without one it is the pipeline's own, as the code that it runs changed.
    Raises GroundworkError for two or more.
    """
    folder = PurePosixPath("pipelines", pipeline)
    paths = sorted(PurePosixPath(path) for path in changed)
    found = [path for path in paths if path.is_relative_to(folder) and path.suffix == ".ipynb" and _CHECKPOINTS not in path.parts]
    if len(found) > 1:
        listed = ", ".join(printable(str(path)) for path in found)
        raise GroundworkError(
            "two-notebooks", f"{len(found)} notebooks changed: {listed}", "split it: push each on a branch of its own"
        )
    return found[0] if found else folder / "notebook.ipynb"
