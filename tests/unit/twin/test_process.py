"""The programs that the engine starts, without an engine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[3]
PROVIDER = ["-P", "-m", "groundwork.twin.interfaces.pulumi"]
NOBODY = "127.0.0.1:9"


def run(*arguments: str, twin: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "GROUNDWORK_TWIN": twin}
    return subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("program", [PROVIDER, [str(CHECKOUT / "tools/language_host.py")]], ids=["provider", "host"])
def test_a_program_whose_engine_has_gone_before_it_looked_ends(tmp_path: Path, program: list[str]) -> None:
    """The engine may be killed while Python still starts: then nobody is left whose end could be noticed."""
    assert run(*program, NOBODY, twin=str(tmp_path)).returncode == 0


def test_a_provider_without_a_twin_says_so() -> None:
    done = run(*PROVIDER, twin="twin")
    assert done.returncode == 1
    assert done.stderr == "GROUNDWORK_TWIN must be the absolute path of the twin's folder, not `twin`\n"
