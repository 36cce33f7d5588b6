"""Calls git in a way that neither the person's configuration nor pushed content can change."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

from groundwork.errors import GroundworkError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
_OBJECT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


def git(folder: Path, *arguments: str, **environment: str) -> str:
    """Run git in a folder and return its output; raises GroundworkError with git's own words."""
    done = _run(folder, *arguments, **environment)
    if done.returncode:
        raise GroundworkError(
            "git-failed", f"git {arguments[0]} failed: {done.stderr.strip()}", "correct the error that git names"
        )
    return done.stdout


def ask(folder: Path, *arguments: str) -> str | None:
    """Run git and return its output, without the last line end; None when git fails."""
    done = _run(folder, *arguments)
    return None if done.returncode else done.stdout.removesuffix("\n")


def output(folder: Path, *arguments: str, reads: bytes = b"", **environment: str) -> tuple[int, bytes, str]:
    """Run git in a bare repository; return its exit code, its output as bytes, and its error text.

    No hook is run, `replace` refs (any person may push some) have no effect, and paths are paths, not patterns.
    """
    done = subprocess.run(
        [program(), "--literal-pathspecs", "-c", f"core.hooksPath={os.devnull}", *arguments],
        cwd=folder, env={**clean(), **environment}, check=False, input=reads, capture_output=True,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr.decode("utf-8", "replace").strip()


def is_object(name: str) -> bool:
    """Return whether this is an object's full name and thus no option, ref or expression."""
    return _OBJECT.fullmatch(name) is not None


def changed_files(repository: Path, *, branch: str, before: str | None, commit: str, trunk: str = "main") -> tuple[str, ...]:
    """Return the paths that a push changed; a new branch is compared with where it left the trunk, or with nothing."""
    base = before
    if not base and branch != trunk:
        base = ask(repository, "merge-base", f"refs/heads/{trunk}", commit)
    names = git(repository, "diff-tree", "-r", "-z", "--name-only", "--no-renames", base or EMPTY_TREE, commit)
    return tuple(_between_nulls(names))


def program() -> str:
    """Return the path of git."""
    found = shutil.which("git")
    if not found:
        raise GroundworkError("git-missing", "there is no git on the PATH", "install git")
    return found


def _between_nulls(text: str) -> Iterator[str]:
    return (part for part in text.split("\0") if part)


def clean() -> dict[str, str]:
    """Return an environment for git in which no setting, hook, key or language of the person has an effect."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LC_ALL": "C",  # messages are quoted to people, in one language
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",  # any person may push refs/replace/…, which would show another commit in one's place
        "GIT_TERMINAL_PROMPT": "0",
    }


def _run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [program(), *arguments], cwd=folder, env={**clean(), **environment}, check=False,
        stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", errors="surrogateescape",
    )  # fmt: skip
