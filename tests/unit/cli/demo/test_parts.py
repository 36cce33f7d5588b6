"""Two demos on one twin."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HOLDS = """
import sys
from pathlib import Path
from groundwork.cli.demo.parts import in_turn
with in_turn(Path(sys.argv[1])):
    print("begun", flush=True)
    sys.stdin.read()
"""


def demo(root: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-P", "-c", HOLDS, root],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_the_second_waits_for_the_first_and_says_so(tmp_path: Path) -> None:
    """It used to end with `the stack dev could not be made`."""
    first = demo(tmp_path / "twin")
    assert first.stdout
    assert "begun\n" == first.stdout.readline()
    second = demo(tmp_path / "twin")
    assert second.stderr

    said = second.stderr.readline()

    assert "another demo runs on this twin, and this one waits for its end: `" in said
    assert f"(process {first.pid})" in said
    assert ("", "") == first.communicate(timeout=30)
    assert "begun\n" == second.communicate(timeout=30)[0]
