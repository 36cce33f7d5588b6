"""kfp puts the path of Python into lines of shell as it is."""

# No postponed annotations: kfp reads those of a component.

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from groundwork.twin.vertex.local_kfp import execute

NASTY = """it's "a" $HOME `b` ü"""


class Heard:
    """What a run said."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.failed: list[str] = []

    def begins(self, task: str, loop: str) -> str:
        _ = loop
        return task

    def prints(self, step: str, line: str) -> None:
        self.lines.append(f"{step}: {line}")

    def ends(self, step: str, *, outputs: Mapping[str, Any] | None, seconds: float, error: str) -> None:
        _ = seconds, error
        if outputs is None:
            self.failed.append(step)


def test_a_component_runs_wherever_python_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkout whose path has a space could run no pipeline: the shell took the first half for a program."""
    from kfp import dsl  # type: ignore[import-untyped]  # noqa: PLC0415  slow to load; kfp has no types

    @dsl.component(base_image="python:3.11")  # type: ignore[untyped-decorator]
    def say_where() -> None:
        import sys  # noqa: PLC0415  a component is a text of its own

        print("runs in", sys.executable)  # noqa: T201  as above

    @dsl.pipeline  # type: ignore[untyped-decorator]
    def only_that() -> None:
        say_where()

    (tmp_path / NASTY).symlink_to(Path(sys.executable).parent.parent)
    python = str(tmp_path / NASTY / "bin" / Path(sys.executable).name)
    monkeypatch.setattr(sys, "executable", python)
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    heard = Heard()

    execute(only_that, {}, root=tmp_path / "root", environment=environment, watch=heard)

    assert [] == heard.failed, heard.lines
    assert [f"say-where: runs in {python}"] == [line for line in heard.lines if "runs in" in line]


def test_python_itself_starts_from_there(tmp_path: Path) -> None:
    """Else the test above would say nothing."""
    (tmp_path / NASTY).symlink_to(Path(sys.executable).parent.parent)

    assert subprocess.run([tmp_path / NASTY / "bin/python", "-c", "import kfp.dsl"], check=False).returncode == 0
