"""What would go wrong with an environment, found before anything is created."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from groundwork.errors import GroundworkError
from groundwork.onboarding import conflicts, environment_files
from groundwork.onboarding.conflicts import Finding
from groundwork.onboarding.preflight_target import Place

if TYPE_CHECKING:
    from groundwork.environment.file import Environment

SECRETS = {
    "token_secret": "the token with which Cloud Build reads the repository",
    "git_provider_secret": "the factory's own credential on the Git provider",
}


@dataclass(frozen=True, kw_only=True)
class Checked:
    """One thing that was looked at, and what was found wrong with it."""

    what: str
    findings: tuple[Finding, ...]


def check(checkout: Path, stack: str, place: Place | None) -> Iterator[Checked]:
    """Yield everything that is looked at, in the order in which to put it right; without a place, only the files and tools."""
    try:
        environment = environment_files.validated(stack, environment_files.read(checkout, stack))
    except GroundworkError as error:
        yield Checked(what="the environment's file", findings=(Finding(code=error.code, message=error.message, hint=error.hint),))
        return
    yield Checked(what="the environment's file, and the files that it names", findings=())
    rest = conflicts.others(checkout, {stack})
    found = conflicts.clashes({**rest, stack: environment}, of=[stack])
    yield Checked(what=f"names beside {_listed(list(rest))}", findings=tuple(found))
    yield Checked(what="programs: git, pulumi", findings=tuple(_programs()))
    if place is not None:
        yield from _looked_at(environment, place)


def _looked_at(environment: Environment, place: Place) -> Iterator[Checked]:
    project, remote = environment.project, environment.repository.remote
    yield _one(f"the project {project}", place.project(project))
    for setting, meaning in SECRETS.items():
        name = str(getattr(environment.repository, setting))
        yield _one(f"the secret {name}: {meaning}", place.secret(project, name))
    yield _one(f"the repository {remote}", place.repository(remote))


def _one(what: str, found: Finding | None) -> Checked:
    return Checked(what=what, findings=(found,) if found else ())


def _programs() -> Iterator[Finding]:
    """Yield what is missing of the programs that `up` needs: the engine may be the one that `make setup` built."""
    if not shutil.which("git"):
        yield Finding(code="git-missing", message="there is no git on the PATH", hint="install it")
    if not (Path(sys.executable).parent / "pulumi").exists() and not shutil.which("pulumi"):
        yield Finding(code="pulumi-missing", message="there is no Pulumi CLI", hint="run `make setup`")


def _listed(stacks: list[str]) -> str:
    return f"the other environments: {', '.join(stacks)}" if stacks else "no other environment"
