"""Pipeline changes, which the factory handles, and platform changes, which are previewed and applied with `pulumi up`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from groundwork.errors import GroundworkError
from groundwork.printable import printable

PLATFORM_FOLDERS = ("evaluation", "tables")
"""Folders of every pipeline that belong to the platform: the evaluation imports the first one, `pulumi up` reads the second."""

PLATFORM_FILES = tuple(f"pipelines/*/{folder}/**" for folder in PLATFORM_FOLDERS)
"""The same as globs for a trigger."""

_OWN = re.compile(rf"pipelines/[^/]+/(?!(?:{'|'.join(PLATFORM_FOLDERS)})/).+", re.DOTALL)
_SHOWN = 5


def is_pipelines(path: str, inside: str) -> bool:
    """Return whether a file below the folder `inside` is a pipeline file: in a pipeline's folder, outside the platform's part."""
    return path.startswith(f"{inside}/") and _OWN.fullmatch(path) is not None


def pipeline_files() -> list[str]:
    """Return globs that match exactly the pipeline files.

    A trigger can ignore files, but cannot exclude some of them again. Names that differ from a platform folder are therefore
    listed by the first letter that differs.
    """
    beginnings = sorted({folder[:length] for folder in PLATFORM_FOLDERS for length in range(1 + len(folder))})
    names = [glob for beginning in beginnings for glob in _differing(beginning)]
    return ["pipelines/*/*", *(f"pipelines/*/{name}/**" for name in names)]


def _differing(beginning: str) -> Iterator[str]:
    """Yield globs of the names that equal a platform folder up to `beginning`, and differ after it."""
    longer = [folder for folder in PLATFORM_FOLDERS if folder.startswith(beginning) and folder != beginning]
    following = sorted({folder[len(beginning)] for folder in longer})
    yield f"{beginning}[^{''.join(following)}]*" if following else f"{beginning}?*"
    if beginning and beginning not in PLATFORM_FOLDERS:
        yield beginning


def require_pipeline_change(changed: Sequence[str], inside: str) -> None:
    """Raise GroundworkError for a push that changes files other than pipeline files in the folder `inside`."""
    outside = [path for path in changed if not is_pipelines(path, inside)]
    if outside and len(outside) < len(changed):
        raise GroundworkError(
            "change-scope-conflict",
            f"this push changes {inside} and also {_listed(outside)}",
            "split it: push the pipeline changes on one branch, and the platform changes on another",
        )
    if outside:
        raise GroundworkError(
            "platform-change-refused",
            f"this push changes platform files: {_listed(outside)}; no candidate was created",
            "open a pull request to the last branch: platform changes are previewed and applied with `pulumi up`",
        )


def _listed(paths: Sequence[str]) -> str:
    shown = ", ".join(printable(path) for path in paths[:_SHOWN])
    return shown if len(paths) <= _SHOWN else f"{shown} and {len(paths) - _SHOWN} more"
