"""Reads a notebook file; an invalid file raises one clear error."""

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
        # For an invalid file, nbformat raises one of these, depending on the position of the fault.
        reason = printable(str(error)).partition("\n")[0][:200]
        raise GroundworkError(
            "notebook-invalid",
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
        raise GroundworkError(
            "notebook-language-unsupported", f"{name} is written in {printable(language)}", "write the notebook in Python"
        )
    notebook.metadata["kernelspec"] = nbformat.from_dict(_KERNEL)  # type: ignore[no-untyped-call]  # nbformat has no types
    return notebook


def _parse(text: str) -> nbformat.NotebookNode:
    """Return the notebook in the newest format, with the same repairs that Jupyter makes on opening one."""
    document = _without_early_ids(json.loads(text))
    if "kernelspec" in document["metadata"]:  # the format requires both names; groundwork uses neither
        document["metadata"]["kernelspec"] = {"name": "", "display_name": "", **document["metadata"]["kernelspec"]}
    logging.getLogger("traitlets").setLevel(logging.CRITICAL)  # nbformat logs there the errors that it raises
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of old formats and missing cell ids, which the next line repairs
        read = nbformat.reads(json.dumps(document), as_version=4)  # type: ignore[no-untyped-call]  # as above
        # Reading an old format returns a class of that format, which papermill takes for a path.
        read = nbformat.from_dict(read)  # type: ignore[no-untyped-call]  # as above
        notebook: nbformat.NotebookNode
        _, notebook = normalize(read)
        nbformat.validate(notebook)
    return notebook


def _without_early_ids(document: Any) -> Any:
    """Remove the ids of cells in formats before 4.5: these formats have no ids, and some tools write them anyway."""
    if document["nbformat"] == _FORMAT and document.get("nbformat_minor", 0) < _WITH_IDS:
        for cell in document["cells"]:
            cell.pop("id", None)
    return document


def _other_language(notebook: nbformat.NotebookNode) -> str:
    """Return the language that a notebook names, or "" if it is Python or missing."""
    spec, info = notebook.metadata.get("kernelspec", {}), notebook.metadata.get("language_info", {})
    language = str(spec.get("language") or info.get("name") or "python")
    return "" if language.lower() in {"python", "ipython"} else language
