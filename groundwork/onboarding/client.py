"""The environments of a new client, made from a few answers and from an existing environment."""

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
"""A placeholder for the digest of a release that is not pushed yet; no image has it."""


@dataclass(frozen=True, kw_only=True)
class Answers:
    """The answers that only the client knows."""

    client: str
    environments: Sequence[str]
    """In the order of promotion; the last one is production."""

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
    """The environment whose tables, pipelines, thresholds and schedules are copied."""


def add(checkout: Path, answers: Answers) -> list[Path]:
    """Write the files of all environments of a new client. Raises GroundworkError, with nothing written, for any problem."""
    # with values instead of references: the other client's Terraform states are not the new client's
    model = environment_files.settled(answers.like, environment_files.read(checkout, answers.like))
    configs = {f"{answers.client}-{name}": config for name, config in configurations(answers, model).items()}
    texts = {name: environment_files.rendered(name, config) for name, config in configs.items()}
    environment_files.missing(checkout, texts)  # before the checks, which would report an existing file as a conflict
    _check(checkout, configs)
    return environment_files.write(checkout, texts)


def configurations(answers: Answers, model: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the configuration of each environment; tables, pipelines, thresholds and schedules are those of `model`."""
    own = _distributed(answers.branches, answers.environments)
    last = answers.environments[-1]
    return {name: _config(answers, name, own[name], model, last=name == last) for name in answers.environments}


def remote(repository: str) -> str:
    """Return the address of a repository, also for `<owner>/<name>`; the program refuses other forms later."""
    address = f"https://github.com/{repository}" if _OWNER_AND_NAME.fullmatch(repository) else repository
    return address if not address.startswith("https://") or address.endswith(".git") else f"{address.rstrip('/')}.git"


def _check(checkout: Path, configs: Mapping[str, Mapping[str, Any]]) -> None:
    """Raise GroundworkError for invalid environments, and for conflicts among them and with others."""
    environments = {name: environment_files.validated(name, config) for name, config in configs.items()}
    findings = conflicts.conflicts({**conflicts.others(checkout, set(configs)), **environments}, of=environments)
    if findings:
        listed = "".join(f"\n  {finding.message}" for finding in findings)
        raise GroundworkError("client-conflict", f"the new environments conflict:{listed}\nnothing was written", findings[0].hint)


def _distributed(branches: Sequence[str], environments: Sequence[str]) -> dict[str, list[str]]:
    """Return the branches of each environment: one each, from the last backwards; the first one gets all others."""
    if not environments or len(set(environments)) < len(environments):
        raise GroundworkError(
            "client-environments-invalid",
            "--environments is empty, or names an environment twice",
            "name each environment once, such as dev,prod",
        )
    spare = len(branches) - len(environments)
    if spare < 0:
        raise GroundworkError(
            "client-branches-invalid",
            f"{len(environments)} environments need a branch each, and the chain has {len(branches)}: {', '.join(branches)}",
            "add branches with --branches, or remove environments",
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
        "holdout": {"weeks": 0 if production else model.get("holdout", {}).get("weeks", 0)},
        "raw_tables": model["raw_tables"],
        "deployments": {
            key: _deployment(settings, answers.owners, production=production) for key, settings in model["deployments"].items()
        },
    }
    return {environment_files.PROJECT: project, environment_files.SECTION: section}


def _deployment(model: Mapping[str, Any], owners: Sequence[str], *, production: bool) -> dict[str, Any]:
    """Return a deployment of the new client. In production no data are held out, so that there is nothing to evaluate on."""
    settings = {**model, "owners": list(owners)}
    if production:
        settings.pop("gate", None)
        settings.pop("retention_days", None)
    return settings
