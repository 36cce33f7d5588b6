"""The environment of a build's step: nothing of the pusher's, nothing that leads to Google, nowhere to install to."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from groundwork.contract.variables import BUILD_STEP_VARIABLE, BUILD_VARIABLE, IDENTITY_VARIABLE, PLATFORM_VARIABLE
from groundwork.twin.core.shell import NO_PLACE, NOWHERE

if TYPE_CHECKING:
    from collections.abc import Mapping

_SYSTEM = ("/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin")


@dataclass(frozen=True, kw_only=True)
class Worker:
    """For whom, where and as whom a build's steps work."""

    twin: Path
    build: str
    project: str
    identity: str
    """E-mail of the service account."""
    store: Path
    temporary: Path


def step_environment(worker: Worker, step: int, own: Mapping[str, str]) -> dict[str, str]:
    """Return the whole environment of one step; `own` is what the build file gives it.

    The platform's variables come last: a build file says what runs, not who runs it or where.
    """
    return {
        "LANG": "C.UTF-8",
        "TMPDIR": str(worker.temporary),
        "PIP_NO_INDEX": "1",
        "PIP_REQUIRE_VIRTUALENV": "1",
        "PIP_USER": "0",
        "PIP_TARGET": str(worker.temporary / "packages"),
        "UV_OFFLINE": "1",
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_PROJECT_ENVIRONMENT": str(worker.temporary / "environment"),
        "PROJECT_ID": worker.project,
        "BUILD_ID": worker.build,
        **own,
        **NOWHERE,
        "NO_GCE_CHECK": "true",
        "BOTO_CONFIG": NO_PLACE,
        "KUBECONFIG": NO_PLACE,
        "PATH": path(),
        "HOME": str(worker.store),
        PLATFORM_VARIABLE: f"twin:{worker.twin}",
        IDENTITY_VARIABLE: worker.identity,
        BUILD_VARIABLE: worker.build,
        BUILD_STEP_VARIABLE: f"{worker.build}/{step}",
    }


def path() -> str:
    """Return the PATH of builds: the platform's Python first, then the system's programs, and git wherever it is."""
    git = shutil.which("git")
    parts = [str(Path(sys.executable).parent), *_SYSTEM, *([str(Path(git).parent)] if git else [])]
    return os.pathsep.join(dict.fromkeys(parts))
