"""A client's repository, brought to this release."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from groundwork.cli.output import say, show, table
from groundwork.contract.release import DISTRIBUTION, release
from groundwork.errors import GroundworkError


def upgrade(*, dry_run: Annotated[bool, typer.Option("--dry-run", help="Show all changes, and write none.")] = False) -> None:
    """Merge a newer release into a client repository, and show the changes. Local changes stay; git marks conflicts.

    Run it with the new release, while the repository's environment has the old one:
    uvx --from groundwork-mlops groundwork upgrade
    """
    from groundwork.onboarding import client_repository  # noqa: PLC0415  pydantic and Jinja take their time to load

    repository = _repository(client_repository.ANSWERS)
    recorded = repository / client_repository.ANSWERS
    old, answers = client_repository.read_answers(recorded)
    _require_no_changes(repository)
    changes = client_repository.upgrade(repository, _base(repository, recorded, old), client_repository.render(answers))
    if not changes:
        say(f"the files of release {old} and of {release()} are the same: nothing to change")
        return
    for change in changes:
        if diff := change.diff():
            show(diff)
    show(table([{"change": change.action, "file": change.path} for change in changes], ["change", "file"]))
    if dry_run:
        say("nothing was written")
        return
    client_repository.apply(repository, changes)
    conflicts = [change.path for change in changes if change.action == "conflict"]
    if conflicts:
        raise GroundworkError(
            "merge-conflict",
            f"both sides changed the same lines of {', '.join(conflicts)}",
            "edit the lines between `<<<<<<<` and `>>>>>>>`, then run `make setup` and `make test`, and commit",
        )
    say(f"upgraded from {old} to {release()}; next: make setup && make test, then commit")


def _repository(marker: str) -> Path:
    current = Path.cwd()
    for folder in (current, *current.parents):
        if (folder / marker).is_file():
            return folder
    raise GroundworkError(
        "client-repository-not-found",
        f"{current} is not in a client repository: there is no {marker}",
        "change into a repository that `groundwork init` created",
    )


def _require_no_changes(repository: Path) -> None:
    """Refuse a repository with uncommitted changes, so that `git diff` shows the upgrade alone, and git can discard it."""
    done = subprocess.run(["git", "status", "--porcelain"], cwd=repository, capture_output=True, text=True, check=False)
    if done.returncode:
        raise GroundworkError(
            "repository-missing", f"{repository} is not a git repository", "run `git init`, and commit all files"
        )
    if done.stdout:
        raise GroundworkError(
            "repository-not-ready", f"{repository} has changes that are not committed", "commit them or stash them, then upgrade"
        )


def _base(repository: Path, recorded: Path, old: str) -> dict[str, bytes]:
    """Return the files that the old release wrote: the one in the repository's environment writes them once more."""
    environment = repository / ".venv"
    python = environment / "bin/python"
    hint = f"install the release {old} there (`make setup` with its version in pyproject.toml), then run the newer one's upgrade"
    if environment.resolve() == Path(sys.prefix).resolve():
        raise GroundworkError(
            "release-conflict",
            "this is the release in the repository's own environment: there is nothing to compare it with",
            f"run the new one: uvx --from {DISTRIBUTION} groundwork upgrade",
        )
    version = _run(python, "-c", f"from importlib.metadata import version; print(version({DISTRIBUTION!r}))", hint=hint).strip()
    if version != old:
        raise GroundworkError("old-release-missing", f"the environment {environment} has the release {version}, not {old}", hint)
    with tempfile.TemporaryDirectory(prefix="groundwork-upgrade-") as name:
        folder = Path(name) / "base"
        _run(python, "-P", "-m", "groundwork", "init", str(folder), "--answers", str(recorded), hint=hint)
        return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def _run(python: Path, *words: str, hint: str) -> str:
    try:
        done = subprocess.run([str(python), *words], capture_output=True, text=True, check=False)
    except OSError as error:
        raise GroundworkError("old-release-missing", f"{python} cannot be run: {error.strerror}", hint) from error
    if done.returncode:
        raise GroundworkError("old-release-failed", f"{python} failed: {done.stderr.strip()}", hint)
    return done.stdout
