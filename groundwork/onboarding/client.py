"""A new client's environments, made from a few answers and from an environment that is there."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundwork.errors import GroundworkError
from groundwork.onboarding import conflicts, environment_files

_OWNER_AND_NAME = re.compile(r"[A-Za-z0-9-]+/[A-Za-z0-9_.-]+")

UNRELEASED = f"sha256:{'0' * 64}"
"""Stands for the digest of a release that nobody has pushed yet: no image has it."""


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What only the client knows."""

    client: str
    environments: Sequence[str]
    """In the order in which a change goes up; the last is production."""

    region: str
    project_prefix: str
    """The projects are `<prefix>-<environment>`."""

    repository: str
    """`<owner>/<name>` on GitHub, or its address."""

    installation_id: int
    reviewers: Sequence[str]
    owners: Sequence[str]
    branches: Sequence[str] = ("feature/*", "release", "main")
    token_secret: str = "github-token"  # noqa: S105  the name of a secret
    git_provider_secret: str = "github-factory"  # noqa: S105  as above
    code_owners: Sequence[str] = ()
    """Users or teams that review platform changes."""

    like: str = "dev"
    """The environment whose tables, pipelines, thresholds and schedules the new ones start with."""


def add(checkout: Path, answers: Answers) -> list[Path]:
    """Write the files of all environments of a new client; raises GroundworkError, with nothing written, for any mistake."""
    model = environment_files.settled(
        answers.like, environment_files.read(checkout, answers.like)
    )  # another's Terraform is not the new client's
    configs = {f"{answers.client}-{name}": config for name, config in configurations(answers, model).items()}
    texts = {stack: environment_files.rendered(stack, config) for stack, config in configs.items()}
    environment_files.missing(checkout, texts)  # before the checks, which would call another's file a clash
    _check(checkout, configs)
    return environment_files.write(checkout, texts)


def configurations(answers: Answers, model: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the configuration of each environment; tables, pipelines, thresholds and schedules are those of `model`."""
    own = _shared_out(answers.branches, answers.environments)
    last = answers.environments[-1]
    return {name: _config(answers, name, own[name], model, last=name == last) for name in answers.environments}


def remote(repository: str) -> str:
    """Return the address of a repository that may be given as `<owner>/<name>`; what is neither the program refuses."""
    address = f"https://github.com/{repository}" if _OWNER_AND_NAME.fullmatch(repository) else repository
    return address if not address.startswith("https://") or address.endswith(".git") else f"{address.rstrip('/')}.git"


def _check(checkout: Path, configs: Mapping[str, Mapping[str, Any]]) -> None:
    """Raise GroundworkError for all that is wrong with the new environments, by themselves and beside the others."""
    environments = {stack: environment_files.validated(stack, config) for stack, config in configs.items()}
    found = conflicts.clashes({**conflicts.others(checkout, set(configs)), **environments}, of=environments)
    if found:
        listed = "".join(f"\n  {finding.message}" for finding in found)
        raise GroundworkError("client-clashes", f"the new environments clash:{listed}\nnothing was written", found[0].hint)


def _shared_out(branches: Sequence[str], environments: Sequence[str]) -> dict[str, list[str]]:
    """Return each environment's branches: one each, from the last back, and all that is left to the first."""
    if not environments or len(set(environments)) < len(environments):
        raise GroundworkError("client-environments", "the environments are none, or named twice", "for example dev,prod")
    spare = len(branches) - len(environments)
    if spare < 0:
        raise GroundworkError(
            "client-branches",
            f"{len(environments)} environments need a branch each, and there are {len(branches)}: {', '.join(branches)}",
            "name more with --branches, or fewer environments",
        )
    first, *rest = environments
    shared = {first: list(branches[: spare + 1])}
    return {**shared, **{name: [branch] for name, branch in zip(rest, branches[spare + 1 :], strict=True)}}


def _config(answers: Answers, name: str, own: list[str], model: Mapping[str, Any], *, last: bool) -> dict[str, Any]:
    project = f"{answers.project_prefix}-{name}"
    production = last and len(answers.environments) > 1
    section = {
        "client": answers.client,
        "region": answers.region,
        "protect_data": last,
        "platform_image": f"{answers.region}-docker.pkg.dev/{project}/images/groundwork@{UNRELEASED}",
        "repository": {
            "remote": remote(answers.repository),
            "installation_id": answers.installation_id,
            "token_secret": answers.token_secret,
            "git_provider_secret": answers.git_provider_secret,
        },
        "chain": {"branches": list(answers.branches), "own_branches": own},
        "reviewers": list(answers.reviewers),
        **({} if last else {"next_reviewers": list(answers.reviewers)}),
        **({"people": {"code_owners": list(answers.code_owners)}} if answers.code_owners else {}),
        "factory": {"identities": 3 if production else 8},
        "holdout_weeks": 0 if production else model["holdout_weeks"],
        "raw_tables": model["raw_tables"],
        "deployments": {
            key: _deployment(given, answers.owners, production=production) for key, given in model["deployments"].items()
        },
    }
    return {environment_files.PROJECT: project, environment_files.SECTION: section}


def _deployment(model: Mapping[str, Any], owners: Sequence[str], *, production: bool) -> dict[str, Any]:
    """Return a deployment of the new client's: production forecasts the future, and has nothing to measure it on."""
    given = {**model, "owners": list(owners)}
    if production:
        given.pop("gate", None)
        given.pop("retention_days", None)
    return given
