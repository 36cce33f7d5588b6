"""The stack of one candidate: the same deployment as the environment's, for a leased identity, until its results are copied."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pulumi
import pulumi_gcp as gcp

from groundwork.contract.factory_settings import Settings
from groundwork.environment import names
from stacks.deployment import Site, Tenant, settle

_LOADED = gcp.bigquery.Dataset
"""Touched under the lock of imports: Google's SDK loads a module at its first use, which two threads must not do at once."""


def program(arguments: Mapping[str, Any]) -> Callable[[], None]:
    """Return the Pulumi program of a candidate's stack, from what fits into a ledger.

    `arguments` are the `candidate`'s id, the e-mail address of the leased `identity`, and the `settings` as JSON. The program
    exports `deployment`: the fields of `groundwork.contract.deployment.Deployment` but the holdout and the owners.
    """
    candidate, identity = str(arguments["candidate"]), str(arguments["identity"])
    settings = Settings.model_validate(arguments["settings"])

    # decision 9: each candidate has a stack of its own, on every branch
    def build() -> None:
        deployed = settle(candidate, _tenant(candidate, identity, settings), _site(candidate, settings))
        pulumi.export("deployment", deployed.surroundings)

    return build


def _tenant(candidate: str, identity: str, settings: Settings) -> Tenant:
    folder = identity.partition("@")[0]
    return Tenant(
        name=settings.deployment.name,
        pipeline=settings.deployment.pipeline,
        owners=(),
        dataset=names.dataset(candidate),
        runner=identity,
        artifacts=f"{settings.candidates}/{folder}/{candidate}",
        own_tables={},
        writers={},  # the factory makes the dataset, and owns it by that
    )


def _site(candidate: str, settings: Settings) -> Site:
    home = settings.deployment
    return Site(
        project=home.project,
        region=home.region,
        labels={**settings.labels, "candidate": candidate},
        protect_data=False,
        raw=settings.training_views.partition(".")[2],
        topic=home.topic.rpartition("/")[2],
        factory=f"serviceAccount:{settings.identity}",
        key=settings.key,
        readers={},  # what a candidate found is in its report; its tables go with it
        row_writer=names.row_writer(home.project),  # made with the environment
        holdout_weeks=0,  # what it takes for the raw tables ends before them
    )
