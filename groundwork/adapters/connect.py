"""Connects to the chosen cloud; there is no default."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from groundwork.contract.variables import IDENTITY_VARIABLE, PLATFORM_VARIABLE
from groundwork.errors import GroundworkError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from groundwork.engine.state_migration import StateBackend
    from groundwork.ports.platform import Platform


def connect(platform: str | None = None, *, identity: str | None = None) -> Platform:
    """Return the platform that was chosen: `twin:<folder>`.

    Without an argument the environment decides (GROUNDWORK_PLATFORM, and GROUNDWORK_IDENTITY for the service account to act as;
    without one, the caller acts as the person who owns the twin). Raises GroundworkError when nothing was chosen.
    """
    chosen = platform or os.environ.get(PLATFORM_VARIABLE)
    identity = identity or os.environ.get(IDENTITY_VARIABLE)
    match (chosen or "").partition(":"):
        case ("twin", _, folder) if folder:
            from groundwork.twin.platform import twin_platform  # noqa: PLC0415  a cloud's libraries load when it is chosen

            return twin_platform(folder, identity)
        case ("", _, _):
            raise GroundworkError(
                "platform-missing",
                "no platform is chosen",
                f'run `eval "$(.venv/bin/groundwork twin env)"`, or set {PLATFORM_VARIABLE}',
            )
        case _:
            raise GroundworkError("platform-unsupported", f"there is no platform `{chosen}`", "choose `twin:<folder of the twin>`")


def twin_states(root: Path, bucket: str) -> tuple[Mapping[str, str], StateBackend, StateBackend]:
    """Return the variables of Pulumi's engine on a twin, and the backends of the twin's own states and of a bucket's."""
    from groundwork.twin.interfaces.pulumi.state_backends import state_backends  # noqa: PLC0415  as above

    return state_backends(root, bucket)
