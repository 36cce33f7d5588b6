"""The one place that chooses a cloud, and only ever by somebody's word."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from groundwork.contract.variables import IDENTITY_VARIABLE, PLATFORM_VARIABLE
from groundwork.errors import GroundworkError

if TYPE_CHECKING:
    from groundwork.ports.platform import Platform


def connect(platform: str | None = None, *, identity: str | None = None) -> Platform:
    """Return the platform that was chosen: `twin:<folder>`.

    Without an argument the environment decides (GROUNDWORK_PLATFORM, and GROUNDWORK_IDENTITY for the service account to act as;
    without one it is the person at the keyboard, who owns the twin). Raises GroundworkError when nothing was chosen.
    """
    chosen = platform or os.environ.get(PLATFORM_VARIABLE)
    identity = identity or os.environ.get(IDENTITY_VARIABLE)
    match (chosen or "").partition(":"):
        case ("twin", _, folder) if folder:
            from groundwork.twin.platform import twin_platform  # noqa: PLC0415  a cloud's libraries load when it is chosen

            return twin_platform(folder, identity)
        case ("", _, _):
            raise GroundworkError(
                "no-platform",
                "no platform is chosen",
                f'run `eval "$(.venv/bin/groundwork twin env)"`, or set {PLATFORM_VARIABLE}',
            )
        case _:
            raise GroundworkError("unknown-platform", f"there is no platform `{chosen}`", "choose `twin:<folder of the twin>`")
