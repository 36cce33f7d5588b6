"""A reset takes a twin away whole, or not at all, and from nobody who works on it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from groundwork.errors import GroundworkError
from groundwork.twin.core import shell, twin_lock
from groundwork.twin.core.store import Store
from groundwork.twin.github.git import git
from groundwork.twin.reset import reset


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a twin's folder, with something in it and the demo's clone beside it."""
    root = tmp_path / ".groundwork/twin"
    Store(root)
    for folder in (root / "repositories", clone(root)):
        folder.mkdir(parents=True)
    git(clone(root), "init", "--quiet")
    git(clone(root), "config", "remote.twin.url", str(root / "repositories/a/b.git"))
    return root


def clone(root: Path) -> Path:
    return root.parent / "demo/b"


def left(root: Path) -> list[str]:
    return sorted(path.name for path in root.parent.rglob("*") if path.name not in {"twin.lock", "demo"})


def test_a_reset_leaves_nothing_and_a_second_one_finds_nothing(root: Path) -> None:
    assert reset(root)
    assert [] == left(root)
    assert not reset(root)


def test_what_a_twin_without_its_records_left_is_removed(root: Path) -> None:
    """What was killed in the middle, or written into a removed place, is no ground to build on."""
    (root / "twin.sqlite").unlink()

    assert reset(root)
    assert [] == left(root)


def test_while_somebody_works_on_the_twin_nothing_is_removed_and_they_are_named(root: Path) -> None:
    store = Store(root)
    before = left(root)

    said = subprocess.run([sys.executable, "-P", "-c", RESET, root], capture_output=True, text=True, check=False).stdout

    assert said.startswith("twin-busy the twin is in use by `")
    assert f"(process {os.getpid()})" in said
    assert before == left(root)
    del store
    assert reset(root)


RESET = """
import sys
from pathlib import Path
from groundwork.errors import GroundworkError
from groundwork.twin.reset import reset
try:
    reset(Path(sys.argv[1]))
except GroundworkError as error:
    print(error.code, error.message)
"""


def test_who_comes_during_a_reset_waits_for_its_end(root: Path) -> None:
    imports = "import sys; from pathlib import Path; from groundwork.twin.core.store import Store"
    script = f"{imports}; Store(Path(sys.argv[1])); print('in')"
    with twin_lock.alone(root):
        comer = subprocess.Popen([sys.executable, "-P", "-c", script, root], stdout=subprocess.PIPE, text=True)
        with pytest.raises(subprocess.TimeoutExpired):
            comer.wait(timeout=1.5)
        shutil.rmtree(root)
    assert "in\n" == comer.communicate(timeout=60)[0]
    assert (root / "twin.sqlite").exists()


@pytest.mark.parametrize("moment", range(3))
def test_a_reset_that_was_killed_is_finished_by_the_next(root: Path, moment: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """At each of its renames, and at the removal."""
    calls = 0

    def dying(real: Callable[..., object]) -> Callable[..., object]:
        def call(*words: object, **options: object) -> object:
            nonlocal calls
            calls += 1
            if calls > moment:
                raise SystemExit
            return real(*words, **options)

        return call

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", dying(Path.rename))
        patched.setattr(shutil, "rmtree", dying(shutil.rmtree))
        with pytest.raises(SystemExit):
            reset(root)
    if not (root / "twin.sqlite").exists():
        assert not clone(root).exists(), "a clone of what is gone would be built upon"

    assert reset(root)
    assert [] == left(root)


def test_a_folder_that_a_variable_names_and_that_is_no_twin_stays(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("work")

    with pytest.raises(GroundworkError, match="is not a twin") as refused:
        reset(tmp_path)
    assert "twin-invalid" == refused.value.code
    assert (tmp_path / "mine").exists()


def test_a_folder_of_somebody_else_s_that_is_called_demo_stays(root: Path) -> None:
    other = root.parent / "demo/mine"
    other.mkdir()

    assert reset(root)
    assert other.exists()
    assert not clone(root).exists()


def test_the_twins_pulumi_keeps_a_reset_out_for_as_long_as_it_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine writes the state at its end, when its providers are gone."""
    program = tmp_path / "pulumi"
    program.write_text("#!/bin/sh\necho running\nexec sleep 60\n")
    program.chmod(0o755)
    monkeypatch.setattr(shell, "_pulumi", lambda: str(program))
    root = shell.make(tmp_path / ".groundwork/twin").root
    with subprocess.Popen([root / "bin/pulumi", "up"], stdout=subprocess.PIPE, text=True, cwd=tmp_path) as running:
        assert running.stdout
        assert "running\n" == running.stdout.readline()
        deadline = time.monotonic() + 10
        while "sleep" not in psutil.Process(running.pid).cmdline() and time.monotonic() < deadline:
            time.sleep(0.01)  # the shell says that it runs before it becomes the program

        with pytest.raises(GroundworkError, match=rf"in use by `sleep 60` \(process {running.pid}\)"):
            reset(root)
        running.kill()
    deadline = time.monotonic() + 10
    while root.exists() and time.monotonic() < deadline:
        reset(root)
    assert not root.exists()
