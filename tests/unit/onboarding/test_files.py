"""New environments' files: all or none, whatever happens between the first and the last."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from groundwork.errors import GroundworkError
from groundwork.onboarding import environment_files
from groundwork.onboarding.environment_files import write

TEXTS = {"a": "of a\n", "b": "of b\n", "c": "of c\n"}
KILLED = """
import os, signal, sys
from pathlib import Path
from groundwork.onboarding import environment_files
links = 0
real = os.link
def link(*words):
    global links
    links += 1
    if links == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
    real(*words)
os.link = link
environment_files.write(Path(sys.argv[1]), {"a": "of a\\n", "b": "of b\\n", "c": "of c\\n"})
"""


def listing(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text() for file in folder.iterdir()}


WRITTEN = {f"Pulumi.{stack}.yaml": text for stack, text in TEXTS.items()}


@pytest.mark.parametrize("link", [1, 2, 3])
def test_killed_between_two_files_the_same_command_goes_on(tmp_path: Path, link: int) -> None:
    """What it finds are its own files, byte for byte; what had no name yet is removed."""
    killed = subprocess.run([sys.executable, "-P", "-c", KILLED, tmp_path, str(link)], check=False)
    assert -9 == killed.returncode
    assert link - 1 == len(list(tmp_path.glob("Pulumi.*.yaml")))
    assert list(tmp_path.glob(".environment-*"))

    environment_files.write(tmp_path, TEXTS)

    assert WRITTEN == listing(tmp_path)


def failing_at(call: int, error: BaseException, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a function of `os` fail the n-th time that it is called."""
    real, calls = getattr(os, name), 0

    def fails(*words: object, **options: object) -> object:
        nonlocal calls
        calls += 1
        if calls == call:
            raise error
        return real(*words, **options)

    monkeypatch.setattr(os, name, fails)


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("link", OSError(errno.ENOSPC, "No space left on device")),
        ("link", OSError(errno.EACCES, "Permission denied")),
        ("fdopen", OSError(errno.ENOSPC, "No space left on device")),
    ],
)
def test_where_a_file_cannot_be_written_none_is(
    tmp_path: Path, name: str, error: OSError, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing_at(2, error, name, monkeypatch)

    with pytest.raises(GroundworkError, match="nothing was written") as refused:
        environment_files.write(tmp_path, TEXTS)
    assert "environment-unwritable" == refused.value.code
    assert {} == listing(tmp_path)


def test_a_person_who_interrupts_it_finds_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failing_at(2, KeyboardInterrupt(), "link", monkeypatch)

    with pytest.raises(KeyboardInterrupt):
        environment_files.write(tmp_path, TEXTS)
    assert {} == listing(tmp_path)


@pytest.mark.parametrize("code", [errno.EPERM, errno.ENOTSUP])
def test_a_file_system_without_links_will_do(tmp_path: Path, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def link(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "link", link)

    environment_files.write(tmp_path, TEXTS)

    assert WRITTEN == listing(tmp_path)
    (tmp_path / "Pulumi.b.yaml").write_text("mine")
    with pytest.raises(GroundworkError, match=r"Pulumi\.b\.yaml exists already"):
        environment_files.write(tmp_path, TEXTS)
    assert "mine" == (tmp_path / "Pulumi.b.yaml").read_text()


def test_a_link_in_a_file_s_place_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("of b\n")
    (tmp_path / "Pulumi.b.yaml").symlink_to("elsewhere")

    with pytest.raises(GroundworkError, match="exists already"):
        environment_files.write(tmp_path, TEXTS)
    assert ["Pulumi.b.yaml", "elsewhere"] == sorted(listing(tmp_path))


def test_two_writers_of_the_same_files_both_find_them_written(tmp_path: Path) -> None:
    script = f"import sys; from pathlib import Path; from {write.__module__} import write; write(Path(sys.argv[1]), {TEXTS})"
    command = [sys.executable, "-P", "-c", script, str(tmp_path)]

    writers = [subprocess.Popen(command) for _ in range(3)]

    assert [0, 0, 0] == [writer.wait(timeout=60) for writer in writers]
    assert WRITTEN == listing(tmp_path)
