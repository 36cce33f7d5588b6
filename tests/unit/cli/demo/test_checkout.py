"""The demo's clone works whatever a person has told git."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from groundwork.cli.demo.checkout import NOTEBOOK, change_notebook, clone
from groundwork.twin.core.store import Store
from groundwork.twin.github.git import git
from groundwork.twin.interfaces.git import install

REMOTE = "https://github.com/northwind/forecasting.git"
SETTINGS = """
[commit]
    gpgsign = true
    template = /dev/null/nowhere
    cleanup = strip
[tag]
    gpgsign = true
[core]
    autocrlf = true
    fsmonitor = true
    hooksPath = {hooks}
[init]
    defaultBranch = trunk
[user]
    useConfigOnly = true
[safe]
    bareRepository = explicit
[protocol "file"]
    allow = never
[transfer]
    fsckObjects = true
[merge]
    ff = only
    verifySignatures = true
[color]
    ui = always
[push]
    default = nothing
    gpgSign = true
[clone]
    rejectShallow = true
    defaultRemoteName = other
[fetch]
    fsckObjects = true
    prune = true
    pruneTags = true
[feature]
    manyFiles = true
[format]
    pretty = oneline
[log]
    showSignature = true
"""
"""What breaks git where it is taken over from a person, all at once."""


@pytest.fixture(autouse=True)
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be a person with settings, hooks that refuse everything, and no name."""
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("pre-commit", "commit-msg", "pre-push", "post-checkout", "pre-receive", "update"):
        (hooks / name).write_text("#!/bin/sh\necho no >&2\nexit 1\n")
        (hooks / name).chmod(0o755)
    (tmp_path / ".gitconfig").write_text(SETTINGS.format(hooks=hooks))
    for name in [name for name in os.environ if name.startswith(("GIT_", "XDG_CONFIG", "GROUNDWORK_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a repository of a twin, with a notebook in it."""
    seed = tmp_path / "seed"
    (seed / NOTEBOOK).parent.mkdir(parents=True)
    cell = {"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": ["horizon = 12\n", 'models = ("a",)\n']}
    (seed / NOTEBOOK).write_text(json.dumps({"cells": [cell]}))
    git(seed, "init", "--quiet", "--initial-branch=main")
    git(seed, "add", "--all")
    git(seed, "-c", "user.name=x", "-c", "user.email=x@x.example", "commit", "--quiet", "--message", "All there is")
    return install(Store(tmp_path / "twin"), REMOTE, seed)


def test_it_is_made_changed_and_pushed_whatever_a_person_s_settings_are(tmp_path: Path, repository: Path) -> None:
    """The push is the person's own, with the person's own git: what it needs stands in the clone."""
    work = clone(repository, tmp_path / "demo/forecasting")

    for before, after in ((12, 13), (13, 12)):
        assert (before, after) == change_notebook(clone(repository, work), "feature/x")
        pushed = subprocess.run(["git", "push", "twin", "feature/x"], cwd=work, capture_output=True, text=True, check=False)

        assert 0 == pushed.returncode, pushed.stderr
        assert git(work, "rev-parse", "feature/x") == git(repository, "rev-parse", "refs/heads/feature/x")
    assert "Ada Field <ada@northwind.example>\n" * 2 == git(work, "log", "-2", "--format=%an <%ae>", "feature/x")


def test_the_new_horizon_is_not_the_one_of_release(tmp_path: Path, repository: Path) -> None:
    """A demo that was stopped leaves its change on `release`: the same once more would merge as no change."""
    work = clone(repository, tmp_path / "demo/forecasting")
    assert (12, 13) == change_notebook(work, "feature/x")
    git(work, "push", "--quiet", "twin", "feature/x:release")
    git(work, "fetch", "--quiet", "twin")

    assert (12, 11) == change_notebook(clone(repository, work), "feature/y")


def test_what_somebody_has_changed_in_it_is_put_aside(
    tmp_path: Path, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    work = clone(repository, tmp_path / "demo/forecasting")
    (work / NOTEBOOK).write_text("mine")

    change_notebook(work, "feature/x")

    assert "`git stash pop` restores them" in capsys.readouterr().err
    assert "mine" == git(work, "show", f"stash@{{0}}:{NOTEBOOK}")


def test_a_clone_that_was_killed_is_made_anew(tmp_path: Path, repository: Path) -> None:
    folder = tmp_path / "demo/forecasting"
    (folder.parent / ".forecasting.unfinished/.git").mkdir(parents=True)

    assert (clone(repository, folder) / NOTEBOOK).is_file()
    assert ["forecasting"] == [path.name for path in folder.parent.iterdir()]


def test_a_clone_follows_a_twin_that_was_moved(tmp_path: Path, repository: Path) -> None:
    folder = tmp_path / "demo/forecasting"
    clone(repository, folder)
    moved = tmp_path / "elsewhere.git"
    shutil.move(repository, moved)

    clone(moved, folder)

    assert f"{moved}\n" == git(folder, "remote", "get-url", "twin")
