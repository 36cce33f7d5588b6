"""The one place that chooses a platform. Only an explicit choice leads to a cloud; a person's commands default to the twin."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from groundwork.contract.variables import IDENTITY_VARIABLE, PLATFORM_VARIABLE, TWIN_VARIABLE
from groundwork.errors import GroundworkError

if TYPE_CHECKING:
    from groundwork.engine.session import Session
    from groundwork.ports.platform import Platform


def connect(platform: str | None = None, *, identity: str | None = None) -> Platform:
    """Return the chosen platform: `twin:<folder>`.

    Without arguments, variables choose: GROUNDWORK_PLATFORM, and GROUNDWORK_IDENTITY for the service account to act as. The
    default identity is the person at the keyboard, who owns the twin. Raises GroundworkError if no platform is chosen.
    """
    chosen = platform or os.environ.get(PLATFORM_VARIABLE, "")
    if not chosen:
        raise GroundworkError(
            "platform-missing",
            "no platform is chosen",
            f'run `eval "$(.venv/bin/groundwork twin env)"`, or set {PLATFORM_VARIABLE}',
        )
    from groundwork.twin.platform import twin_platform  # noqa: PLC0415  a platform's libraries load when it is chosen

    return twin_platform(_twin_folder(chosen), identity or os.environ.get(IDENTITY_VARIABLE))


def session() -> Session:
    """Return the platform on which a person's commands work; raises GroundworkError for a platform that is unknown.

    GROUNDWORK_TWIN or GROUNDWORK_PLATFORM choose it. Default: the nearest twin, looked for from the current folder upwards.
    """
    from groundwork.twin.core import shell  # noqa: PLC0415  as above
    from groundwork.twin.session import TwinSession  # noqa: PLC0415  as above

    chosen = os.environ.get(PLATFORM_VARIABLE, "")
    folder = _twin_folder(chosen) if chosen else ""
    return TwinSession(Path(folder).resolve() if folder and TWIN_VARIABLE not in os.environ else shell.folder())


def register_objects() -> None:
    """Make `gs://` lead to the platform of a person's commands, in this process, for libraries that use fsspec."""
    from groundwork.twin.storage.fsspec_entry_point import lead_here  # noqa: PLC0415  as above

    lead_here()


def _twin_folder(platform: str) -> str:
    name, _, folder = platform.partition(":")
    if name != "twin" or not folder:
        raise GroundworkError("platform-not-found", f"there is no platform `{platform}`", "choose `twin:<folder of the twin>`")
    return folder
