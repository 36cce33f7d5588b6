"""Conflicts between environments: resources that both would own, and settings that must agree, found in their files."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from groundwork.contract.accounts import account
from groundwork.errors import GroundworkError
from groundwork.onboarding import environment_files

if TYPE_CHECKING:
    from groundwork.environment.file import Environment


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A problem that was found before anything is created."""

    code: str
    message: str
    hint: str

    def json(self) -> dict[str, str]:
        """Return the finding for programs."""
        return asdict(self)


def others(checkout: Path, without: Collection[str]) -> dict[str, Environment]:
    """Return the other environments, except those whose file is invalid: their own check reports that."""
    environments = {}
    for name in environment_files.environments(checkout):
        if name not in without:
            with suppress(GroundworkError):
                environments[name] = environment_files.validated(name, environment_files.read(checkout, name))
    return environments


def conflicts(environments: Mapping[str, Environment], of: Collection[str]) -> list[Finding]:
    """Return the conflicts of the environments named in `of` with all others."""
    findings: list[Finding] = []
    pairs = [(mine, other) for mine in of for other in environments if other != mine and (other not in of or other > mine)]
    for mine, other in pairs:
        findings += _between(mine, environments[mine], other, environments[other])
    return findings


def buckets(environment: Environment) -> set[str]:
    """Return the names of an environment's buckets, which must be globally unique.

    https://cloud.google.com/storage/docs/buckets#naming: bucket names share a single global namespace.
    """
    from groundwork.environment import names  # noqa: PLC0415  it loads Pulumi

    project = environment.project
    own = {names.factory_bucket(project, of) for of in ("candidates", "ledger", "records")}
    kept = {names.audit_bucket(project), names.state_bucket(project)}
    return {names.raw_bucket(project), *own, *kept, *(names.artifacts_bucket(project, each) for each in environment.deployments)}


def _between(stack: str, mine: Environment, other_stack: str, other: Environment) -> Iterator[Finding]:
    file = f"Pulumi.{stack}.yaml"
    if mine.project == other.project:
        yield Finding(
            code="project-taken",
            message=f"`{stack}` and `{other_stack}` have the same project `{mine.project}`; a project contains one environment",
            hint=f"set `gcp:project` in {file} to another project",
        )
    elif shared := sorted(buckets(mine) & buckets(other)):
        yield Finding(
            code="bucket-taken",
            message=f"`{stack}` and `{other_stack}` would have the same bucket `{shared[0]}`",
            hint=f"rename the project or the deployment in {file}",
        )
    if mine.repository.remote != other.repository.remote:
        return
    if both := _overlap(mine.chain.own_branches, other.chain.own_branches):
        yield Finding(
            code="branch-taken",
            message=f"a push to {both} of {mine.repository.remote} would be evaluated in `{stack}` and in `{other_stack}`",
            hint=f"set `chain.own_branches` in {file} to other branches, or `repository.remote` to another repository",
        )
    yield from _handed_on(stack, mine, other_stack, other)
    yield from _handed_on(other_stack, other, stack, mine)


def _handed_on(stack: str, mine: Environment, next_stack: str, other: Environment) -> Iterator[Finding]:
    """Yield a finding if one environment names other reviewers than the next one, which would refuse their approvals."""
    branches = mine.chain.branches
    after = branches[branches.index(mine.chain.own_branches[-1]) + 1 :][:1]
    if after != other.chain.own_branches[:1] or branches != other.chain.branches:
        return
    named, own = {account(address) for address in mine.next_reviewers or ()}, {account(address) for address in other.reviewers}
    if named != own:
        yield Finding(
            code="reviewers-conflict",
            message=f"`{stack}` names {_people(named)} as reviewers of changes for `{next_stack}`, which has {_people(own)}",
            hint=f"copy `reviewers` of Pulumi.{next_stack}.yaml to `next_reviewers` in Pulumi.{stack}.yaml, and run `pulumi up`",
        )


def _people(addresses: Collection[str]) -> str:
    return ", ".join(sorted(addresses))


def _overlap(mine: Collection[str], others: Collection[str]) -> str:
    """Return a branch or pattern that both lists match, "" for none: `x/*` matches all branches below `x/`."""
    from groundwork.environment import names  # noqa: PLC0415  as above

    for one in mine:
        for other in others:
            pairs = ((one, other), (other, one))
            for pattern, name in pairs:
                example = name.replace("*", "x")
                if re.search(names.branches([pattern]), example):
                    return f"`{name}`"
    return ""
