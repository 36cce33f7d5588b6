"""The git interface: a bare repository for a connected remote, and the hook in it that builds pushed commits.

The hook is a shell line that starts this module with an empty environment. It runs after git has accepted the push, so its exit
code means nothing to git; `git push` shows its output as it comes. A push that ends early (Ctrl-C, a killed client) cancels
its builds. The account that pushed is recorded first: the identity of the process, else the person that it names, else the user
in the configuration of the pushing clone.
"""

from __future__ import annotations

import os
import select
import shlex
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import psutil

from groundwork.contract.variables import PUSHER_VARIABLE
from groundwork.errors import GroundworkError
from groundwork.twin.cloudbuild import history
from groundwork.twin.cloudbuild.log import say
from groundwork.twin.cloudbuild.matching import Push
from groundwork.twin.core.processes import adopt_orphans
from groundwork.twin.core.store import Store
from groundwork.twin.github import events, pushers
from groundwork.twin.github.git import ask, changed_files, git, is_object, program
from groundwork.twin.github.history import History
from groundwork.twin.github.repositories import repository_path

if TYPE_CHECKING:
    from collections.abc import Iterator

_BRANCHES = "refs/heads/"
"""The variable by which the hook names the account that pushes: it passes on nothing else of the environment of `git push`."""


def install(store: Store, remote: str, seed: Path | None) -> Path:
    """Return the bare repository for a remote, made when it is not there, with its hook written anew.

    `main` of a new one is the HEAD of `seed`, another repository, which may be shallow; without one it is empty. Nothing is
    built for it.
    """
    path = repository_path(store, remote)
    with store.lock("repository", str(path)):
        if not path.exists():
            _make(path, seed)
        _write_hook(store, path)
    return path


def _make(path: Path, seed: Path | None) -> None:
    unfinished = path.with_name(f".{path.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    git(unfinished, "init", "--quiet", "--bare", "--template=", "--initial-branch=main")
    for name, value in (
        ("receive.autogc", "false"),  # it would go on in the background after the push
        ("receive.shallowUpdate", "true"),
        ("uploadpack.allowAnySHA1InWant", "true"),  # builds fetch commits, not branches
    ):
        git(unfinished, "config", name, value)
    if seed:
        if ask(seed, "rev-parse", "--verify", "--quiet", "HEAD^{commit}") is None:
            raise GroundworkError("commit-not-found", f"{seed} is not a git repository with a commit", "commit something first")
        git(unfinished, "fetch", "--quiet", "--no-tags", "--update-shallow", str(seed.resolve()), "HEAD:refs/heads/main")
    unfinished.rename(path)


def _write_hook(store: Store, repository: Path) -> None:
    command = [sys.executable, "-P", "-m", "groundwork.twin.interfaces.git", str(store.root.resolve()), str(repository.resolve())]
    text = f"""#!/bin/sh
# Builds pushed commits. Written by groundwork; rewritten each time the repository is set up.
pusher=${{GROUNDWORK_IDENTITY:-$GROUNDWORK_PERSON}}
exec env -i HOME="$HOME" PATH="$PATH" LANG=C.UTF-8 {PUSHER_VARIABLE}="$pusher" {shlex.join(command)}
"""
    hooks = repository / "hooks"
    hooks.mkdir(exist_ok=True)
    written = hooks / ".post-receive.new"
    written.write_text(text)
    written.chmod(0o755)
    written.replace(hooks / "post-receive")
    git(repository, "config", "core.hooksPath", str(hooks.resolve()))  # else a person's own setting of it wins


def main(twin: Path, repository: Path, lines: TextIO, stream: TextIO) -> None:
    """Build the pushes to a repository that the lines `old new ref` describe."""
    store = Store(twin)
    adopt_orphans()
    ended = _Ended(stream)
    pushes = list(_pushes(repository, lines, stream))
    who = os.environ.get(PUSHER_VARIABLE, "").strip() or _user_of(ended.git)
    for push in pushes:
        pushers.record(repository, History(repository).pushed(push.commit, push.before, push.branch), who)
    for push in pushes:
        events.fire(store, repository, push, stream, ended)
    events.deliver(store, stream, ended)
    if dead := [id_ for id_ in history.unfinished(store) if history.get_build(store, id_).error == history.DIED]:
        say(stream, f"{len(dead)} build(s) died earlier; `groundwork recover` clears up behind them")


def _pushes(repository: Path, lines: TextIO, stream: TextIO) -> Iterator[Push]:
    for line in lines:
        before, commit, ref = line.rstrip("\n").split(" ", 2)
        branch = ref.removeprefix(_BRANCHES)
        if not ref.startswith(_BRANCHES):
            say(stream, f"{ref}: no branch, so nothing is built")
        elif not commit.strip("0"):
            say(stream, f"{branch}: deleted, so nothing is built")
        elif is_object(before) and is_object(commit):
            known = before if before.strip("0") else None
            files = changed_files(repository, branch=branch, before=known, commit=commit)
            yield Push(branch=branch, before=known, commit=commit, files=files)


class _Ended:
    """Returns the reason for which the push ended before its builds, or ""."""

    def __init__(self, stream: TextIO) -> None:
        self._reason = ""
        self._poll = select.poll()
        self._poll.register(stream.fileno(), 0)  # errors and a reader that has gone are always reported
        self.git = _pushing_git()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._interrupt)

    def __call__(self) -> str:
        if not self._reason and (self._poll.poll(0) or not all(map(_lives, self.git))):
            self._reason = "the process that pushed has gone"
        return self._reason

    def _interrupt(self, _number: int, _frame: object) -> None:
        self._reason = "the push was interrupted"


def _pushing_git() -> list[psutil.Process]:
    """Return the processes between this and the person, up to `git push` where it runs on this machine, else none.

    Git on this side notices a dead client only when there is something to send, which may be long in coming.
    """
    between = []
    for process in psutil.Process().parents():
        between.append(process)
        with suppress(psutil.Error):
            if "push" in process.cmdline():
                return between
    return []


def _user_of(pushing: list[psutil.Process]) -> str:
    """Return the user of `git push`, from its options, its environment and its clone; "" for an unknown one."""
    with suppress(psutil.Error, IndexError, ValueError, OSError):
        command, environment, folder = pushing[-1].cmdline(), pushing[-1].environ(), pushing[-1].cwd()
        options = command[1 : command.index("push")]
        asked = [program(), *options, "config", "--get", "user.email"]
        done = subprocess.run(asked, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        return environment.get("GIT_COMMITTER_EMAIL", "") or done.stdout.strip()
    return ""


def _lives(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


if __name__ == "__main__":
    refs = open(0, encoding="utf-8", errors="surrogateescape", closefd=False)  # noqa: SIM115  it is this process's own
    said = open(2, "w", encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115  as above
    main(Path(sys.argv[1]), Path(sys.argv[2]), refs, said)
