"""The sections `repository`, `chain` and `factory`: the client's code, its branches, and the evaluation of changes."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from groundwork.environment import validators
from groundwork.environment.sections.base import Section


class Repository(Section):
    """The repository of the client's code."""

    remote: Annotated[str, AfterValidator(validators.remote)]
    """The address of the repository, `https://github.com/<owner>/<name>.git`."""

    installation_id: Annotated[int, Field(ge=1, lt=2**63)]
    """The installation id of Cloud Build's GitHub App, from the address of the installation's page."""

    token_secret: Annotated[str, AfterValidator(validators.secret)]
    """The Secret Manager secret with Cloud Build's GitHub token. Create it before the first `up`; its latest version is used."""

    git_provider_secret: Annotated[str, AfterValidator(validators.secret)]
    """The Secret Manager secret with the factory's credential on the Git provider, which opens and reads pull requests."""

    @model_validator(mode="after")
    def _two_secrets(self) -> Self:
        """Require two secrets: Cloud Build's service agent may read only the one, the factory only the other."""
        if self.git_provider_secret == self.token_secret:
            raise ValueError("token_secret and git_provider_secret are the same secret: create two, as each has another reader")
        return self

    @property
    def name(self) -> str:
        """The name of the repository: the last part of `remote`."""
        return self.remote.rsplit("/", 1)[1].removesuffix(".git")


class Chain(Section):
    """The branches through which a change is promoted; the last one is the branch of production."""

    branches: Annotated[tuple[str, ...], AfterValidator(validators.chain)]
    """At least two branches, in order. The first may end in `*`, which matches any text; the others are full names."""

    own_branches: Annotated[tuple[str, ...], Field(min_length=1)]
    """The branches of this environment, which evaluates pushes to them: adjacent entries of `branches`, in the same order."""

    @model_validator(mode="after")
    def _consecutive(self) -> Self:
        length = len(self.own_branches)
        runs = [self.branches[first : first + length] for first in range(len(self.branches) - length + 1)]
        if self.own_branches not in runs:
            raise ValueError("`own_branches` must list adjacent entries of `branches`, in the same order")
        return self


class Factory(Section):
    """How candidates are evaluated."""

    identities: Annotated[int, Field(ge=1, le=20)] = 8
    """The number of identities for candidates, and so of candidates that are executed at the same time."""

    cooldown_minutes: Annotated[int, Field(ge=0, le=10_080)] = 60
    """Minutes until a returned identity can be leased again. A candidate may have kept an access token, which is valid for an
    hour. Set 0 only if all authors are trusted."""

    remind_days: Annotated[int, Field(ge=1, le=365)] = 3
    """Days until reviewers are reminded of a waiting pull request."""

    expire_days: Annotated[int, Field(ge=1, le=365)] = 14
    """Days until a waiting pull request expires and its candidate is rolled back; more than `remind_days`."""

    ledger_days: Annotated[int, Field(ge=1, le=36_500)] | None = None
    """Days for which a record of the ledger cannot be deleted or overwritten. Omit to rely on grants only."""

    ledger_locked: bool = False
    """Lock `ledger_days` permanently: it can then be neither shortened nor removed."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.ledger_locked and self.ledger_days is None:
            raise ValueError("ledger_locked is true, but ledger_days is not set: set the days for which records are kept")
        if self.expire_days <= self.remind_days:
            raise ValueError(f"expire_days is {self.expire_days}: set it to more than remind_days, which is {self.remind_days}")
        return self
