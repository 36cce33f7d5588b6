"""Checks a pushed pipeline's folder without running it: no link points outside, and all modules are valid Python."""

from __future__ import annotations

import os
import stat
import warnings
from collections.abc import Iterator
from pathlib import Path

from groundwork.errors import GroundworkError
from groundwork.printable import printable


def check_folder(workspace: Path, pipeline: str) -> int:
    """Return the number of files in the folder; raises GroundworkError for the first faulty one."""
    folder = workspace / "pipelines" / pipeline
    if not folder.is_dir():
        raise GroundworkError(
            "pipeline-not-found", f"there is no folder pipelines/{pipeline}", "commit the pipeline under this name"
        )
    if folder.resolve() != workspace.resolve() / "pipelines" / pipeline:
        raise _elsewhere(Path("pipelines", pipeline))
    files = 0
    for path in _walk(folder):
        shown = path.relative_to(workspace)
        _require_inside(path, folder, shown)
        files += 1
        if path.suffix == ".py":
            _require_syntax(path, shown)
    return files


def _walk(folder: Path) -> Iterator[Path]:
    """Yield every file, and every link to a folder."""
    for root, folders, files in os.walk(folder):
        links = [name for name in folders if Path(root, name).is_symlink()]
        yield from (Path(root, name) for name in sorted([*files, *links]))


def _require_inside(path: Path, folder: Path, shown: Path) -> None:
    try:
        real = path.resolve(strict=True)
        regular = stat.S_ISREG(real.stat().st_mode) or real.is_dir()
    except (OSError, RuntimeError):  # its target does not exist, or links form a loop
        raise _elsewhere(shown) from None
    if not regular or not real.is_relative_to(folder.resolve()):
        raise _elsewhere(shown)


def _elsewhere(shown: Path) -> GroundworkError:
    return GroundworkError(
        "file-outside",
        f"{printable(str(shown))} is not a file of the pipeline: its target is outside of the folder",
        "commit the file itself instead of a link",
    )


def _require_syntax(path: Path, shown: Path) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # warnings are not errors of the push
            compile(path.read_bytes(), str(shown), "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        position = f", line {error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
        problem = error.msg if isinstance(error, SyntaxError) else str(error) or "it is nested too deeply"
        raise GroundworkError(
            "python-syntax-invalid",
            f"{printable(str(shown))}{position}: {printable(problem)}",
            "correct it, run its tests and push again",
        ) from error
