"""The two lanes: a data scientist's pipeline goes through the factory, everything else through the platform's review."""

from __future__ import annotations

from collections.abc import Sequence

from groundwork.errors import GroundworkError
from groundwork.printable import printable

_SHOWN = 5


def is_pipelines(path: str, inside: str) -> bool:
    """Return whether a file is a pipeline's own: below the folder `inside`."""
    return path.startswith(f"{inside}/")


def require_lane(changed: Sequence[str], inside: str) -> None:
    """Raise GroundworkError where a push changes what is not below the folder `inside`, alone or beside what is."""
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
            f"this push changes the platform: {_listed(outside)}; it is not judged, and nothing was made for it",
            "open a pull request to the last branch for the platform's owners: they preview it, and `pulumi up` brings it about",
        )


def _listed(paths: Sequence[str]) -> str:
    shown = ", ".join(printable(path) for path in paths[:_SHOWN])
    return shown if len(paths) <= _SHOWN else f"{shown} and {len(paths) - _SHOWN} more"
