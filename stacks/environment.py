"""The program of an environment: its parts, and the outputs that each part takes from the others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import pulumi

from components import deployer
from groundwork.environment import names
from groundwork.environment.file import Environment
from groundwork.policy.enforce import enforce
from groundwork.policy.resource import Requirements
from stacks import platform_cd
from stacks.audit_log import audit_log
from stacks.data import data
from stacks.delivery import delivery, read_builds
from stacks.deployment import Site, scratch
from stacks.deployment import deploy as deployment
from stacks.factory import factory
from stacks.factory_settings import deployment_settings
from stacks.federation import federation, let_in
from stacks.foundation import foundation
from stacks.monitoring import monitoring
from stacks.network import network
from stacks.people import members, of_data, people
from stacks.reconciliation import reconciliation
from stacks.request_topics import request_topics
from stacks.row_writer import row_writer
from stacks.secrets import secrets
from stacks.serving import serving
from stacks.workbenches import workbenches


def deploy(environment: Environment) -> None:
    """Build one environment. All files are read before the first resource, so an invalid file causes no partial update."""
    read = read_builds()
    labels = {"client": environment.client, "environment": pulumi.get_stack(), "managed-by": "groundwork"}
    enforce(
        _requirements(environment, labels),
        environment.exceptions,
        dt.datetime.now(dt.UTC).date(),
        masked=environment.hidden.masked,
    )
    environment.hidden.everywhere()

    base = foundation(environment, labels)
    private = network(environment, base.services, labels)
    builds = read.on(private.pool)
    raw = data(environment, base.services, labels, base.key)
    model_factory = factory(environment, base, raw, labels)
    site = Site(
        project=environment.project,
        region=environment.region,
        labels=labels,
        protect_data=environment.protect_data,
        raw=raw.tables.dataset,
        topic=base.topic.topic,
        factory=model_factory.identity.member,
        key=base.key,
        readers=of_data(environment),
        row_writer=row_writer(environment, base.services),
        holdout_weeks=environment.holdout.weeks,
    )
    first = base.services.before("iam", "cloudresourcemanager", "bigquery", "storage", "logging", "pubsub", "artifactregistry")
    deployed = {
        name: deployment(name, section, site, base.images.repository, first) for name, section in environment.deployments.items()
    }
    scratch_datasets = {
        name: scratch(name, section.pipeline, deployed[name].member, site, first).dataset
        for name, section in environment.deployments.items()
        if not environment.protect_data
    }
    secrets(environment, base, deployed, model_factory, labels)
    settings = {name: deployment_settings(name, environment, model_factory, each) for name, each in deployed.items()}
    triggers = delivery(environment, base.services, builds, model_factory, settings)
    datasets = {name: each.dataset for name, each in deployed.items()}
    readable = (
        {names.TRAINING_VIEWS: model_factory.training_views.dataset}
        if environment.holdout.weeks
        else {names.RAW: raw.tables.dataset}
    )
    workbenches(environment, base, {**readable, **datasets}, labels, private.interface)
    serving(environment, base, datasets, labels)
    request_topics(environment, base.services, builds.requests, model_factory, settings)
    reconciliation(environment, base.services, builds.reconcile, model_factory, settings)
    monitoring(environment, base.services, labels, base.key)
    audit_log(environment, base.services)
    federation(environment, base)
    people(environment, base.services)

    pulumi.export("deployments", {name: each.context for name, each in deployed.items()})
    pulumi.export("factory", settings)
    pulumi.export("raw_bucket", raw.files.name)
    pulumi.export("raw_dataset", raw.tables.dataset.apply(lambda dataset: f"{environment.project}.{dataset}"))
    pulumi.export("region", environment.region)
    pulumi.export("repository", environment.repository.remote)
    pulumi.export(
        "scratch", {name: dataset.apply(f"{environment.project}.{{}}".format) for name, dataset in scratch_datasets.items()}
    )
    pulumi.export("triggers", {name: trigger.trigger for name, trigger in triggers.items()})


_DATASETS = (names.dataset, names.features, names.scratch)


def _requirements(environment: Environment, labels: Mapping[str, str]) -> Requirements:
    return Requirements(
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
