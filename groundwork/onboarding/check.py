"""Validation of an environment before anything is created."""

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
from groundwork.ports.prerequisites import Prerequisites

if TYPE_CHECKING:
    from groundwork.environment.file import Environment

SECRETS = {
    "token_secret": "the token with which Cloud Build reads the repository",
    "git_provider_secret": "the factory's own credential on the Git provider",
}


@dataclass(frozen=True, kw_only=True)
class Checked:
    """One check, and its findings."""

    what: str
    findings: tuple[Finding, ...]


def check(checkout: Path, name: str, prerequisites: Prerequisites | None) -> Iterator[Checked]:
    """Yield every check of an environment, in the order in which to fix findings.

    Without `prerequisites`, only files and installed programs are checked. An invalid environment file ends the checks.
    """
    what = "the environment file, and the files that it names"
    try:
        environment = environment_files.validated(name, environment_files.read(checkout, name))
    except GroundworkError as error:
        yield Checked(what=what, findings=(Finding(code=error.code, message=error.message, hint=error.hint),))
        return
    yield Checked(what=what, findings=())
    others = conflicts.others(checkout, {name})
    found = conflicts.conflicts({**others, name: environment}, of=[name])
    listed = f"the other environments: {', '.join(others)}" if others else "no other environment"
    yield Checked(what=f"conflicts with {listed}", findings=tuple(found))
    yield Checked(what="programs: git, pulumi", findings=tuple(_missing_programs()))
    if prerequisites is not None:
        yield from _prerequisites(environment, prerequisites)


def _prerequisites(environment: Environment, prerequisites: Prerequisites) -> Iterator[Checked]:
    project, remote = environment.project, environment.repository.remote

    def checked(what: str, code: str, message: str, *, exists: bool) -> Checked:
        hint = f"run `{prerequisites.remedy}`"
        finding = Finding(code=code, message=f"{message} on {prerequisites.location}", hint=hint)
        return Checked(what=what, findings=() if exists else (finding,))

    yield checked(
        f"the project {project}",
        "project-not-found",
        f"there is no project `{project}`",
        exists=prerequisites.has_project(project),
    )
    for setting, meaning in SECRETS.items():
        secret = str(getattr(environment.repository, setting))
        yield checked(
            f"the secret {secret}: {meaning}",
            "secret-empty",
            f"the secret `{secret}` of {project} has no value",
            exists=prerequisites.has_secret(project, secret),
        )
    yield checked(
        f"the repository {remote}",
        "repository-not-found",
        f"there is no repository {remote}",
        exists=prerequisites.has_repository(remote),
    )


def _missing_programs() -> Iterator[Finding]:
    """Yield a finding for each missing program; the Pulumi CLI may be the one that `make setup` built."""
    if not shutil.which("git"):
        yield Finding(code="git-missing", message="there is no git on the PATH", hint="install git")
    if not (Path(sys.executable).parent / "pulumi").exists() and not shutil.which("pulumi"):
        yield Finding(code="pulumi-missing", message="there is no Pulumi CLI", hint="run `make setup`")
