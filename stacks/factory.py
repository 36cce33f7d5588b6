"""The factory's identity and buckets, the identities that candidates lease, and the training views."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from components.bucket import Bucket, BucketArgs
from components.dataset import Dataset
from components.service_account import ServiceAccount, ServiceAccountArgs
from groundwork.environment import names
from groundwork.environment.file import Environment
from stacks import people, training_views
from stacks.data import Data
from stacks.foundation import Foundation
from stacks.network import of_pool

APIS = (
    *("aiplatform", "artifactregistry", "bigquery", "cloudbuild", "cloudresourcemanager", "iam", "logging", "pubsub"),
    *("secretmanager", "storage"),
)


@dataclass(frozen=True, kw_only=True)
class Factory:
    """Outputs for other parts of the program."""

    identity: ServiceAccount
    pool: Mapping[str, ServiceAccount]
    """Identities for candidates, by account id."""
    candidates: Bucket
    records: Bucket
    ledger: Bucket
    training_views: Dataset
    """The raw tables without the holdout, for candidates."""
    images: pulumi.Output[str]
    """Id of the repository of the platform's images."""
    labels: Mapping[str, str]
    key: pulumi.Output[str] | None
    """The key that encrypts the stored data, if the client has one."""


def factory(environment: Environment, base: Foundation, raw: Data, labels: Mapping[str, str]) -> Factory:
    """Build the factory. Its identity reads data that candidates may not read, and writes to buckets that they cannot change."""
    first = base.services.before(*APIS)
    identity = ServiceAccount(names.FACTORY, _identity(environment, base, raw), first)
    ids = [names.candidate_identity(number) for number in range(1, environment.factory.identities + 1)]
    pool = {id_: ServiceAccount(id_, _candidate(id_, environment, base, identity), first) for id_ in ids}
    own, candidates = {"factory": identity.member}, {id_: account.member for id_, account in pool.items()}
    bucket = functools.partial(_bucket, environment, labels, first, key=base.key)
    return Factory(
        identity=identity,
        pool=pool,
        images=base.images.repository,
        labels=labels,
        key=base.key,
        candidates=bucket("candidates", versioned=False, writers=own, folders=candidates),
        # readers of the ledger also read the marks of running promotions here: the ledger's bucket does not permit deleting marks
        records=bucket("records", writers=own, readers={**people.of_reports(environment), **people.of_the_ledger(environment)}),
        ledger=bucket(
            "ledger",
            creators=own,
            readers={**own, **people.of_the_ledger(environment)},
            kept_days=environment.factory.ledger_days,
            locked=environment.factory.ledger_locked,
        ),
        training_views=Dataset(
            names.TRAINING_VIEWS,
            training_views.training_views(environment, raw, labels, {**candidates, **people.of_training_views(environment)}),
            first,
        ),
    )


def _bucket(
    environment: Environment, labels: Mapping[str, str], opts: pulumi.ResourceOptions, name: str, **granted: Any
) -> Bucket:
    args = BucketArgs(
        bucket=names.factory_bucket(environment.project, name),
        project=environment.project,
        location=environment.region,
        labels=labels,
        protect=environment.protect_data,
        **granted,
    )
    return Bucket(name, args, opts)


def _identity(environment: Environment, base: Foundation, raw: Data) -> ServiceAccountArgs:
    return ServiceAccountArgs(
        account_id=names.FACTORY,
        project=environment.project,
        display_name="Evaluates candidates and releases them",
        roles={
            # To submit, follow and cancel the builds of candidates. There is no narrower role. It also permits running any
            # trigger of the project with other substitutions, so no trigger has substitutions on which its safety depends.
            "builds": "roles/cloudbuild.builds.editor",
            "logs": "roles/logging.logWriter",
            # There is no narrower predefined role that moves an alias and manages a schedule. It applies to every model of the
            # project, so only the factory has it, and never a candidate's identity.
            "models": "roles/aiplatform.user",
            # To create the datasets of candidates. The creator of a dataset becomes its owner, so the factory may grant on these
            # datasets and on nothing else (https://cloud.google.com/bigquery/docs/access-control#bigquery.user). Decision 17.
            "queries": "roles/bigquery.user",
            **of_pool(environment),
        },
        reads={"raw": raw.tables.dataset},
        pulls={"images": base.images.repository},
        secrets={"git-provider": environment.repository.git_provider_secret},
        region=environment.region,
    )


def _candidate(id_: str, environment: Environment, base: Foundation, factory_identity: ServiceAccount) -> ServiceAccountArgs:
    return ServiceAccountArgs(
        account_id=id_,
        project=environment.project,
        display_name="Executes one candidate at a time",
        roles={"queries": "roles/bigquery.jobUser", "logs": "roles/logging.logWriter"},
        pulls={"images": base.images.repository},
        region=environment.region,
        users={"factory": factory_identity.member},
    )
