"""Where the client's code is, the branches that it goes up, and how it is evaluated."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from groundwork.environment import validators
from groundwork.environment.sections.base import Section


class Repository(Section):
    """Where the client's code is."""

    remote: Annotated[str, AfterValidator(validators.remote)]
    """https://github.com/<owner>/<name>.git"""

    installation_id: Annotated[int, Field(ge=1, lt=2**63)]
    """Of Cloud Build's GitHub App, from the address of the installation's page."""

    token_secret: Annotated[str, AfterValidator(validators.secret)]
    """Secret Manager secret that a person made before the first `up`; its latest version is read."""

    git_provider_secret: Annotated[str, AfterValidator(validators.secret)]
    """Secret Manager secret with the factory's credential at the Git provider; it opens and reads pull requests."""

    @model_validator(mode="after")
    def _two_secrets(self) -> Self:
        """Cloud Build's agent may read the one, the factory the other, and neither both."""
        if self.git_provider_secret == self.token_secret:
            raise ValueError("token_secret and git_provider_secret are the same secret: each has a reader of its own")
        return self

    @property
    def name(self) -> str:
        """The last part of the remote."""
        return self.remote.rsplit("/", 1)[1].removesuffix(".git")


class Chain(Section):
    """The branches that a change goes up, the last of which is production's."""

    branches: Annotated[tuple[str, ...], AfterValidator(validators.chain)]
    """In order, at least two. The first may end in `*`, which stands for anything; the others are names in full."""

    own_branches: Annotated[tuple[str, ...], Field(min_length=1)]
    """Adjacent entries of `branches`, in the same order, that belong to this environment: pushes to them are evaluated here."""

    @model_validator(mode="after")
    def _consecutive(self) -> Self:
        length = len(self.own_branches)
        runs = [self.branches[first : first + length] for first in range(len(self.branches) - length + 1)]
        if self.own_branches not in runs:
            raise ValueError("`own_branches` is not a run of consecutive entries of `branches`, in their order")
        return self


class Factory(Section):
    """How candidates are evaluated."""

    identities: Annotated[int, Field(ge=1, le=20)] = 8
    """Size of the pool of candidates' identities: how many candidates are executed at once."""

    cooldown_minutes: Annotated[int, Field(ge=0, le=10_080)] = 60
    """For so long an identity that was given back is leased to nobody: an access token of Google's, which its candidate may have
    kept, lives for an hour. 0 where no candidate is a stranger's."""

    remind_days: Annotated[int, Field(ge=1, le=365)] = 3
    """Reviewers are reminded of a pull request that has waited for so long."""

    expire_days: Annotated[int, Field(ge=1, le=365)] = 14
    """And what waits for so long is rolled back; more than `remind_days`."""

    ledger_days: Annotated[int, Field(ge=1, le=36_500)] | None = None
    """Nobody can delete or overwrite a record of the ledger before it is so many days old. Absent: grants alone decide."""

    ledger_locked: bool = False
    """Nobody can shorten `ledger_days` or take it away again, for ever."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.ledger_locked and self.ledger_days is None:
            raise ValueError("ledger_locked without ledger_days: say how long records are kept")
        if self.expire_days <= self.remind_days:
            raise ValueError(f"expire_days is {self.expire_days}, not more than remind_days, {self.remind_days}")
        return self
