"""Reads a notebook file; a broken one gets one clear error."""

from __future__ import annotations

import json
import logging
import warnings
from typing import TYPE_CHECKING, Any

import nbformat
from nbformat.validator import normalize

from groundwork.errors import GroundworkError
from groundwork.printable import printable

if TYPE_CHECKING:
    from pathlib import Path


_FORMAT, _WITH_IDS = 4, 5
_KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}


def read_notebook(path: Path) -> nbformat.NotebookNode:
    """Return a notebook that can be executed, with the name of our kernel; raises GroundworkError."""
    name = printable(path.name)
    try:
        notebook = _parse(path.read_text(encoding="utf-8-sig"))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, nbformat.ValidationError) as error:
        # What nbformat raises on a file that is no notebook depends on where it stumbles.
        reason = printable(str(error)).partition("\n")[0][:200]
        raise GroundworkError(
            "notebook-broken",
            f"{name} is not a notebook: {type(error).__name__}: {reason}",
            "open it in Jupyter, save it and commit it again",
        ) from error
    except OSError as error:
        raise GroundworkError(
            "notebook-not-found", f"{name} cannot be read: {error.strerror}", "name an existing notebook file"
        ) from error
    if not any(cell.cell_type == "code" and cell.source.strip() for cell in notebook.cells):
        raise GroundworkError("notebook-empty", f"{name} has no code to run", "add a cell that runs the pipeline")
    if language := _other_language(notebook):
        raise GroundworkError("notebook-language", f"{name} is written in {printable(language)}", "write the notebook in Python")
    notebook.metadata["kernelspec"] = nbformat.from_dict(_KERNEL)  # type: ignore[no-untyped-call]  # nbformat has no types
    return notebook


def _parse(text: str) -> nbformat.NotebookNode:
    """Return the notebook in the newest format, with the same repairs that Jupyter makes on opening one."""
    given = _without_early_ids(json.loads(text))
    if "kernelspec" in given["metadata"]:  # the format wants both names, and nobody here does
        given["metadata"]["kernelspec"] = {"name": "", "display_name": "", **given["metadata"]["kernelspec"]}
    logging.getLogger("traitlets").setLevel(logging.CRITICAL)  # nbformat says there what it raises as well
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of old formats and missing cell ids, which the next line puts right
        read = nbformat.reads(json.dumps(given), as_version=4)  # type: ignore[no-untyped-call]  # as above
        # Out of an old format comes a class of that format's own, which papermill takes for a path.
        read = nbformat.from_dict(read)  # type: ignore[no-untyped-call]  # as above
        notebook: nbformat.NotebookNode
        _, notebook = normalize(read)
        nbformat.validate(notebook)
    return notebook


def _without_early_ids(given: Any) -> Any:
    """Remove the ids of cells in formats before 4.5, which have none: some tools write them nevertheless."""
    if given["nbformat"] == _FORMAT and given.get("nbformat_minor", 0) < _WITH_IDS:
        for cell in given["cells"]:
            cell.pop("id", None)
    return given


def _other_language(notebook: nbformat.NotebookNode) -> str:
    """Return the language that a notebook names, or "" if it is Python or missing."""
    spec, info = notebook.metadata.get("kernelspec", {}), notebook.metadata.get("language_info", {})
    language = str(spec.get("language") or info.get("name") or "python")
    return "" if language.lower() in {"python", "ipython"} else language
