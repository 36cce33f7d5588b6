"""The two lanes: a data scientist's pipeline goes through the factory, everything else through the platform's review."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from groundwork.errors import GroundworkError
from groundwork.printable import printable

PLATFORM_FOLDERS = ("evaluation", "tables")
"""Folders of every pipeline that are the platform's: what the evaluation imports, and what `pulumi up` reads."""

PLATFORM_FILES = tuple(f"pipelines/*/{folder}/**" for folder in PLATFORM_FOLDERS)
"""The same as a trigger's globs."""

_OWN = re.compile(rf"pipelines/[^/]+/(?!(?:{'|'.join(PLATFORM_FOLDERS)})/).+", re.DOTALL)
_SHOWN = 5


def is_pipelines(path: str, inside: str) -> bool:
    """Return whether a file below the folder `inside` is a pipeline's own: in a pipeline's folder, in none of the platform's."""
    return path.startswith(f"{inside}/") and _OWN.fullmatch(path) is not None


def pipeline_files() -> list[str]:
    """Return globs that match every pipeline's own files, and no other.

    A trigger can only ignore files, not ignore some of those again, and has no "all but": so the names that differ from a
    platform's folder are spelled out, by the first letter in which they do.
    """
    beginnings = sorted({folder[:length] for folder in PLATFORM_FOLDERS for length in range(1 + len(folder))})
    names = [glob for beginning in beginnings for glob in _apart(beginning)]
    return ["pipelines/*/*", *(f"pipelines/*/{name}/**" for name in names)]


def _apart(beginning: str) -> Iterator[str]:
    """Yield globs of the names that follow platform's folders up to `beginning`, and none of them any further."""
    longer = [folder for folder in PLATFORM_FOLDERS if folder.startswith(beginning) and folder != beginning]
    following = sorted({folder[len(beginning)] for folder in longer})
    yield f"{beginning}[^{''.join(following)}]*" if following else f"{beginning}?*"
    if beginning and beginning not in PLATFORM_FOLDERS:
        yield beginning


def require_pipeline_change(changed: Sequence[str], inside: str) -> None:
    """Raise GroundworkError where a push changes what is not a pipeline's own in the folder `inside`, alone or beside what is."""
    outside = [path for path in changed if not is_pipelines(path, inside)]
    if outside and len(outside) < len(changed):
        raise GroundworkError(
            "two-lanes",
            f"this push changes {inside} and also {_listed(outside)}",
            "split it: push the pipeline's change on one branch, and bring the rest as a platform change on another",
        )
    if outside:
        raise GroundworkError(
            "platform-change",
            f"this push changes the platform: {_listed(outside)}; it is not evaluated, and nothing was made for it",
            "open a pull request to the last branch for the platform's owners: they preview it, and `pulumi up` brings it about",
        )


def _listed(paths: Sequence[str]) -> str:
    shown = ", ".join(printable(path) for path in paths[:_SHOWN])
    return shown if len(paths) <= _SHOWN else f"{shown} and {len(paths) - _SHOWN} more"
