"""What a client gets: the sentence that the parts are put together by."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import pulumi

from components import deployer
from groundwork.environment import names
from groundwork.environment.file import Environment
from groundwork.policy.enforce import enforce
from groundwork.policy.resource import Demands
from stacks import platform_cd
from stacks.audit_log import audit_log
from stacks.data import data
from stacks.delivery import delivery, read_builds
from stacks.deployment import Site, scratch
from stacks.deployment import deploy as deployment
from stacks.factory import factory
from stacks.factory_settings import settings
from stacks.federation import federation, let_in
from stacks.foundation import foundation
from stacks.monitoring import watching
from stacks.network import network
from stacks.people import members, of_data, people
from stacks.reconciliation import reconciliation
from stacks.request_topics import asking
from stacks.row_writer import row_writer
from stacks.secrets import secrets
from stacks.serving import serving
from stacks.workbenches import learning


def deploy(environment: Environment) -> None:
    """Build one environment. Every file is read before the first resource, so that a mistake in one leaves nothing half made."""
    read = read_builds()
    labels = {"client": environment.client, "environment": pulumi.get_stack(), "managed-by": "groundwork"}
    enforce(
        _demands(environment, labels), environment.exceptions, dt.datetime.now(dt.UTC).date(), masked=environment.hidden.masked
    )
    environment.hidden.everywhere()

    base = foundation(environment, labels)
    private = network(environment, base.services, labels)
    builds = read.on(private.pool)
    raw = data(environment, base.services, labels, base.key)
    evaluates = factory(environment, base, raw, labels)
    site = Site(
        project=environment.project,
        region=environment.region,
        labels=labels,
        protect_data=environment.protect_data,
        raw=raw.tables.dataset,
        topic=base.topic.topic,
        factory=evaluates.identity.member,
        key=base.key,
        readers=of_data(environment),
        row_writer=row_writer(environment, base.services),
        holdout_weeks=environment.holdout.weeks,
    )
    first = base.services.before("iam", "cloudresourcemanager", "bigquery", "storage", "logging", "pubsub", "artifactregistry")
    deployed = {
        name: deployment(name, wanted, site, base.images.repository, first) for name, wanted in environment.deployments.items()
    }
    tried = {
        name: scratch(name, wanted.pipeline, deployed[name].member, site, first).dataset
        for name, wanted in environment.deployments.items()
        if not environment.protect_data
    }
    secrets(environment, base, deployed, evaluates, labels)
    told = {name: settings(name, environment, evaluates, made) for name, made in deployed.items()}
    triggers = delivery(environment, base.services, builds, evaluates, told)
    datasets = {name: made.dataset for name, made in deployed.items()}
    shown = (
        {names.TRAINING_VIEWS: evaluates.training_views.dataset} if environment.holdout.weeks else {names.RAW: raw.tables.dataset}
    )
    learning(environment, base, {**shown, **datasets}, labels, private.place)
    serving(environment, base, datasets, labels)
    asking(environment, base.services, builds.asked, evaluates, told)
    reconciliation(environment, base.services, builds.reconcile, evaluates, told)
    watching(environment, base.services, labels, base.key)
    audit_log(environment, base.services)
    federation(environment, base)
    people(environment, base.services)

    pulumi.export("deployments", {name: made.surroundings for name, made in deployed.items()})
    pulumi.export("factory", told)
    pulumi.export("raw_bucket", raw.files.name)
    pulumi.export("raw_dataset", raw.tables.dataset.apply(lambda dataset: f"{environment.project}.{dataset}"))
    pulumi.export("region", environment.region)
    pulumi.export("repository", environment.repository.remote)
    pulumi.export("scratch", {name: dataset.apply(f"{environment.project}.{{}}".format) for name, dataset in tried.items()})
    pulumi.export("triggers", {name: made.trigger for name, made in triggers.items()})


_DATASETS = (names.dataset, names.features, names.scratch)


def _demands(environment: Environment, labels: Mapping[str, str]) -> Demands:
    return Demands(
        region=environment.region,
        labels=labels,
        protect_data=environment.protect_data,
        encrypted=environment.encryption is not None,
        deployer=f"{names.DEPLOYER}@{environment.project}.iam.gserviceaccount.com",
        deployer_roles=frozenset({*platform_cd.ROLES.values(), deployer.GRANTS, "roles/cloudbuild.workerPoolUser"}),
        people=members(environment),
        changes=names.branches([environment.platform_branch]) if environment.platform_branch else None,
        condition=let_in(environment),
        data=frozenset({names.RAW, *(of(name) for name in environment.deployments for of in _DATASETS)}),
        secrets=frozenset(name for name, secret in environment.secrets.items() if secret.candidates),
    )
