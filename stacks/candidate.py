"""The stack of one candidate: a deployment as in the environment, for a leased identity, deleted after its results are copied."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pulumi
import pulumi_gcp as gcp

from groundwork.contract.factory_settings import Settings
from groundwork.environment import names
from stacks.deployment import Site, Tenant, common_resources

_LOADED = gcp.bigquery.Dataset
"""Loaded during the import, which has a lock: Google's SDK loads a module at its first use, and two threads must not do this."""


def program(arguments: Mapping[str, Any]) -> Callable[[], None]:
    """Return the Pulumi program of a candidate's stack, from arguments that a ledger can store.

    `arguments` are the `candidate`'s id, the e-mail address of the leased `identity`, and the `settings` as JSON. The program
    exports `deployment`: the fields of `groundwork.contract.deployment.Deployment`, with no owners and a holdout of 0 weeks.
    """
    candidate, identity = str(arguments["candidate"]), str(arguments["identity"])
    settings = Settings.model_validate(arguments["settings"])

    # decision 9: each candidate has a stack of its own, on every branch
    def build() -> None:
        deployed = common_resources(candidate, _tenant(candidate, identity, settings), _site(candidate, settings))
        pulumi.export("deployment", deployed.context)

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
        writers={},  # the factory creates the dataset, and BigQuery makes it the owner
    )


def _site(candidate: str, settings: Settings) -> Site:
    deployment = settings.deployment
    return Site(
        project=deployment.project,
        region=deployment.region,
        labels={**settings.labels, "candidate": candidate},
        protect_data=False,
        raw=settings.training_views.partition(".")[2],
        topic=deployment.topic.rpartition("/")[2],
        factory=f"serviceAccount:{settings.identity}",
        key=settings.key,
        readers={},  # reviewers read the report; the tables are deleted with the stack
        row_writer=names.row_writer(deployment.project),  # the environment's stack creates the role
        holdout_weeks=0,  # the training views end before the holdout
    )
