"""What the factory is told of the environment that it works in: what the environment file decides, and names."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from groundwork.contract.deployment import Deployment
from groundwork.contract.variables import FACTORY_VARIABLE
from groundwork.errors import GroundworkError


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Thresholds(_Part):
    """What the gate asks of one metric. A bound that is None is not asked for."""

    at_most: float | None = None
    at_least: float | None = None
    ratio_to_baseline: float | None = None
    """At most this many times the baseline's (for a metric of which more is better: at least)."""
    ratio_to_champion: float | None = None
    """The same, of the champion's; not asked while there is none."""


class Chain(_Part):
    """The branches that a change goes up, in order."""

    branches: tuple[str, ...]
    """The first may end in `*`, which stands for anything; the others are names."""
    own_branches: tuple[str, ...]
    """Those of them that belong to this environment, in the same order."""


class _Told(_Part):
    @classmethod
    def current(cls) -> Self:
        """Return what this process is told; raises GroundworkError when it is told nothing."""
        text = os.environ.get(FACTORY_VARIABLE)
        if not text:
            raise GroundworkError(
                "no-settings",
                f"{FACTORY_VARIABLE} is not set",
                "the factory is started by its triggers, or with `groundwork reconcile`",
            )
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise GroundworkError(
                "settings-not-understood",
                f"{FACTORY_VARIABLE} does not say how to work: {error}",
                "take it from the stack's outputs, unchanged",
            ) from error


class ChangeSettings(_Told):
    """What tells the lanes apart: of the environment alone, so that deployments come and go without a change to it."""

    repository: str
    """The remote, `https://…/….git`."""
    git_provider_secret: str
    """`projects/…/secrets/…` of the factory's credential on the Git provider."""
    chain: Chain


class Settings(_Told):
    """One deployment's factory; an output of the environment's stack, and what its triggers tell the builds."""

    environment: str
    """The stack's name."""
    labels: Mapping[str, str]
    repository: str
    """The remote, `https://…/….git`."""
    git_provider_secret: str
    """`projects/…/secrets/…` of the factory's credential on the Git provider."""
    chain: Chain
    reviewers: tuple[str, ...]
    """E-mail addresses of whom one gives the review decision on what comes to a branch of this environment."""
    next_reviewers: tuple[str, ...] = ()
    """The same for what leaves it: the next environment's own. Empty where the chain ends here."""
    remind_days: int
    """Reviewers are reminded of a pull request that has waited for so long."""
    expire_days: int
    """And it is rolled back after so long."""
    deployment: Deployment
    """The environment's own."""
    training_views: str
    """`project.dataset` of the training views: what candidates may read of the raw tables, all but the holdout."""
    candidates: str
    """`gs://…` of the bucket in which each candidate's identity has a folder."""
    records: str
    """`gs://…` of the bucket of reports, executed notebooks, compiled pipelines and leases."""
    ledger: str
    """`gs://…` of the bucket of the ledger."""
    identities: tuple[str, ...]
    """E-mail addresses of the pool that candidates lease from."""
    cooldown_minutes: int
    """For so long an identity that was given back is leased to nobody."""
    identity: str
    """E-mail address of the factory's own."""
    image: str
    """The platform's released image."""
    images: str
    """Id of the repository of such images."""
    key: str | None = Field(default=None, exclude_if=lambda key: key is None)
    """Full name of the key that encrypts what is stored; None: Google's own."""
    gate: Mapping[str, Thresholds]
    """By the metric's name."""
    schedule: str | None
    """When the champion runs, as cron says it, in UTC; None: on nobody's clock."""

    def asked(self, going_to: str | None) -> tuple[str, ...]:
        """Return the reviewers of the environment that receives what goes to a branch; None is the end of the chain."""
        return self.reviewers if going_to is None or going_to in self.chain.own_branches else self.next_reviewers
