"""A notebook file, read so that a broken one gets one clear error."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import nbformat
from nbformat.validator import normalize

from groundwork.errors import GroundworkError
from groundwork.printable import printable

if TYPE_CHECKING:
    from pathlib import Path


def read_notebook(path: Path) -> nbformat.NotebookNode:
    """Return a notebook that can be executed; raises GroundworkError."""
    name = printable(path.name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of old formats and missing cell ids, which the next line puts right
            notebook: nbformat.NotebookNode
            _, notebook = normalize(
                nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)  # type: ignore[no-untyped-call]  # nbformat has no types
            )
            nbformat.validate(notebook)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, nbformat.ValidationError) as error:
        # What nbformat raises on a file that is no notebook depends on where it stumbles.
        reason = printable(str(error)).partition("\n")[0][:200]
        raise GroundworkError(
            "notebook-broken",
            f"{name} is no notebook: {type(error).__name__}: {reason}",
            "open it in Jupyter, save it and commit it again",
        ) from error
    except OSError as error:
        raise GroundworkError("no-notebook", f"{name} cannot be read: {error.strerror}", "give the path of a notebook") from error
    if not any(cell.cell_type == "code" and cell.source.strip() for cell in notebook.cells):
        raise GroundworkError("notebook-empty", f"{name} has no code to run", "add a cell that runs the pipeline")
    language = notebook.metadata.get("kernelspec", {}).get("language") or notebook.metadata.get("language_info", {}).get("name")
    if language and str(language).lower() not in {"python", "ipython"}:
        raise GroundworkError(
            "notebook-language", f"{name} is written in {printable(str(language))}", "notebooks run in Python here"
        )
    return notebook
