"""The settings of the factory: decisions of the environment file, and names of the environment's resources."""

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
    """The thresholds of one metric; None: not compared. A metric exactly at a threshold passes."""

    at_most: float | None = None
    """The metric passes if it is less than or equal to this value."""
    at_least: float | None = None
    """The metric passes if it is greater than or equal to this value."""
    ratio_to_baseline: float | None = None
    """The metric passes if it is at most this many times the baseline's (at least, where higher is better), or equal to that."""
    ratio_to_champion: float | None = None
    """The same for the champion's metric; passes while there is no champion."""


class Chain(_Part):
    """The branches of the promotion chain, in order."""

    branches: tuple[str, ...]
    """The first may end in `*`, which matches any text; the others are names."""
    own_branches: tuple[str, ...]
    """The branches of this environment, in the same order."""


class _FromVariable(_Part):
    @classmethod
    def current(cls) -> Self:
        """Return the settings of this process; raises GroundworkError when it has none."""
        text = os.environ.get(FACTORY_VARIABLE)
        if not text:
            raise GroundworkError(
                "settings-missing",
                f"{FACTORY_VARIABLE} is not set",
                "start the factory with its triggers or with `groundwork reconcile`",
            )
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise GroundworkError(
                "settings-invalid",
                f"{FACTORY_VARIABLE} is not valid: {error}",
                "copy it from the stack's outputs, unchanged",
            ) from error


class ChangeSettings(_FromVariable):
    """Settings that distinguish pipeline changes from platform changes; they do not depend on the deployments."""

    repository: str
    """The remote, `https://…/….git`."""
    git_provider_secret: str
    """`projects/…/secrets/…` of the factory's credential on the Git provider."""
    chain: Chain


class Settings(_FromVariable):
    """The settings of one deployment's factory: an output of the environment's stack, and an argument of its builds."""

    environment: str
    """The stack's name."""
    labels: Mapping[str, str]
    repository: str
    """The remote, `https://…/….git`."""
    git_provider_secret: str
    """`projects/…/secrets/…` of the factory's credential on the Git provider."""
    chain: Chain
    reviewers: tuple[str, ...]
    """E-mail addresses of the reviewers for candidates on a branch of this environment; one of them decides."""
    next_reviewers: tuple[str, ...] = ()
    """The reviewers of the next environment. Empty where the chain ends here."""
    remind_days: int
    """Days until reviewers are reminded of a waiting pull request."""
    expire_days: int
    """Days until a waiting pull request expires and is rolled back."""
    deployment: Deployment
    """The environment's own."""
    training_views: str
    """`project.dataset` of the training views: the raw tables without the held-out data."""
    candidates: str
    """`gs://…` of the bucket in which each candidate's identity has a folder."""
    records: str
    """`gs://…` of the bucket of reports, executed notebooks, compiled pipelines and leases."""
    ledger: str
    """`gs://…` of the bucket of the ledger."""
    identities: tuple[str, ...]
    """E-mail addresses of the identities that candidates lease."""
    cooldown_minutes: int
    """Minutes until a returned identity can be leased again."""
    identity: str
    """E-mail address of the factory's identity."""
    image: str
    """The platform's released image."""
    images: str
    """Id of the repository of released images."""
    key: str | None = Field(default=None, exclude_if=lambda key: key is None)
    """Full name of the key that encrypts stored data; None for Google's own keys."""
    gate: Mapping[str, Thresholds]
    """By the metric's name."""
    schedule: str | None
    """Cron schedule of the champion's runs, in UTC; None for no schedule."""

    def reviewers_for(self, target: str | None) -> tuple[str, ...]:
        """Return the reviewers of the environment that receives a candidate on a branch; None is the end of the chain."""
        return self.reviewers if target is None or target in self.chain.own_branches else self.next_reviewers
