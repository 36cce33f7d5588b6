"""What two environments would both own, or disagree about: found in their files, before Google or the factory refuses it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
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
    """Something that is wrong before anything is created."""

    code: str
    message: str
    hint: str

    def json(self) -> dict[str, str]:
        """Return it for a program to read."""
        return asdict(self)


def others(checkout: Path, without: Collection[str]) -> dict[str, Environment]:
    """Return the environments of the other files; one that is wrong itself is told of by its own check."""
    found = {}
    for stack in environment_files.stacks(checkout):
        if stack not in without:
            try:
                found[stack] = environment_files.validated(stack, environment_files.read(checkout, stack))
            except GroundworkError:
                continue
    return found


def clashes(environments: Mapping[str, Environment], of: Collection[str]) -> list[Finding]:
    """Return what the environments named in `of` would share with any other, and where two of a chain disagree."""
    found: list[Finding] = []
    pairs = [(mine, other) for mine in of for other in environments if other != mine and (other not in of or other > mine)]
    for mine, other in pairs:
        found += _between(mine, environments[mine], other, environments[other])
    return found


def buckets(environment: Environment) -> set[str]:
    """Return the names of an environment's buckets: one world has each name once.

    https://cloud.google.com/storage/docs/buckets#naming: bucket names share a single global namespace.
    """
    from groundwork.environment import names  # noqa: PLC0415  the program loads Pulumi

    project = environment.project
    own = {names.factory_bucket(project, of) for of in ("candidates", "ledger", "records")}
    kept = {names.audit_bucket(project), names.state_bucket(project)}
    return {names.raw_bucket(project), *own, *kept, *(names.artifacts_bucket(project, each) for each in environment.deployments)}


def _between(stack: str, mine: Environment, other_stack: str, other: Environment) -> Iterator[Finding]:
    file = f"Pulumi.{stack}.yaml"
    if mine.project == other.project:
        yield Finding(
            code="project-taken",
            message=f"`{stack}` and `{other_stack}` have the same project `{mine.project}`: a project holds one environment",
            hint=f"give `gcp:project` in {file} another project",
        )
    elif shared := sorted(buckets(mine) & buckets(other)):
        yield Finding(
            code="bucket-taken",
            message=f"`{stack}` and `{other_stack}` would have the same bucket `{shared[0]}`",
            hint=f"give the project or the deployment in {file} another name",
        )
    if mine.repository.remote != other.repository.remote:
        return
    if both := _overlap(mine.chain.own_branches, other.chain.own_branches):
        yield Finding(
            code="branch-taken",
            message=f"a push to {both} of {mine.repository.remote} would be evaluated in `{stack}` and in `{other_stack}`",
            hint=f"give `chain.own_branches` in {file} other branches, or `repository.remote` another repository",
        )
    yield from _handed_on(stack, mine, other_stack, other)
    yield from _handed_on(other_stack, other, stack, mine)


def _handed_on(stack: str, mine: Environment, next_stack: str, other: Environment) -> Iterator[Finding]:
    """Yield where one environment asks others than the next one's reviewers: that one would refuse what they approve."""
    branches = mine.chain.branches
    after = branches[branches.index(mine.chain.own_branches[-1]) + 1 :][:1]
    if after != other.chain.own_branches[:1] or branches != other.chain.branches:
        return
    asked, own = {account(each) for each in mine.next_reviewers or ()}, {account(each) for each in other.reviewers}
    if asked != own:
        yield Finding(
            code="reviewers-differ",
            message=f"`{stack}` asks {_people(asked)} about what goes to `{next_stack}`, whose reviewers are {_people(own)}",
            hint=f"make `next_reviewers` in Pulumi.{stack}.yaml the `reviewers` of Pulumi.{next_stack}.yaml, and run `pulumi up`",
        )


def _people(addresses: Collection[str]) -> str:
    return ", ".join(sorted(addresses))


def _overlap(mine: Collection[str], others: Collection[str]) -> str:
    """Return branches that both stand for, "" for none: `x/*` stands for everything below `x/`."""
    from groundwork.environment import names  # noqa: PLC0415  as above

    for one in mine:
        for other in others:
            pairs = ((one, other), (other, one))
            for pattern, name in pairs:
                example = name.replace("*", "x")
                if re.search(names.branches([pattern]), example):
                    return f"`{name}`"
    return ""
