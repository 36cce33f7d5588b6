"""Cost of importing each library, in a separate process, compared with a bare Python."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

from benchmarks.measure import Line, best

MODULES = (
    "groundwork",
    "groundwork.cli.app",
    "groundwork.twin.interfaces.git",
    "groundwork.twin.interfaces.pulumi.provider",
    "pulumi",
    "pulumi_gcp",
    "papermill",
    "kfp",
    "ibis",
    "pandas",
    "statsforecast",
)


def measure() -> Iterator[Line]:
    """Yield one line per module."""
    bare = best(lambda: _start("pass"))
    for module in MODULES:
        cost = best(lambda module=module: _start(f"import {module}"), times=2) - bare  # type: ignore[misc]  # the default binds the loop's value
        yield Line(f"import {module}", cost, "a bare Python", bare)


def _start(code: str) -> None:
    subprocess.run([sys.executable, "-P", "-c", code], check=True)
