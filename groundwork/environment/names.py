"""Names of the resources of an environment: each resource is named here, once, by the program."""

from __future__ import annotations

import re
from collections.abc import Iterable

BUILD_POOL = "builds"
"""The private pool of builds, and its attachment to the network."""

NETWORK = "private"
"""The network; the names of its parts begin with it."""

PRIVATE_SERVICES = "private-services"
"""The addresses that are reserved for Google's services, and their peering."""

RAW = "raw"
"""The dataset of the client's raw tables."""

TRAINING_VIEWS = "training_views"
"""The dataset of views of the raw tables for candidates."""

ROW_WRITER = "rowWriter"
"""The project's custom role for writing rows."""

FACTORY = "factory"
"""The account id of the factory's identity."""

PLATFORM_PUSH = "platform-push"
"""The trigger of pushes that change platform files."""

PREVIEW = "platform-preview"
"""The trigger of pull requests with platform changes."""

UP = "platform-up"
"""The trigger of merges of platform changes."""

PREVIEWER = "previewer"
"""The account id of the identity that runs previews."""

DEPLOYER = "deployer"
"""The account id of the identity that runs `pulumi up`."""

CI = "outside-ci"
"""The account id of the identity for CI outside Google Cloud."""

RECONCILE = "reconcile"
"""The scheduled job that starts the factory's reconciliation, and the topic that it publishes to."""


def artifacts_bucket(project: str, deployment: str) -> str:
    """Return the bucket that belongs to a deployment."""
    return f"{project}-{deployment}-artifacts"


def dataset(deployment: str) -> str:
    """Return the dataset that belongs to a deployment; BigQuery does not allow dashes."""
    return deployment.replace("-", "_")


def branches(chain: Iterable[str]) -> str:
    """Return the regular expression (RE2) of a chain's branches, for a trigger."""
    return "|".join(f"^{re.escape(branch.removesuffix('*'))}{'.+' * branch.endswith('*')}$" for branch in chain)


def candidate_identity(number: int) -> str:
    """Return the account id of an identity that candidates lease, counted from 1."""
    return f"candidate-{number:02}"


def factory_bucket(project: str, of: str) -> str:
    """Return one of the factory's buckets: of `candidates`, `records` or `ledger`."""
    return f"{project}-{of}"


def scratch(deployment: str) -> str:
    """Return the dataset for manual runs of a deployment."""
    return f"{dataset(deployment)}_scratch"


def channel(person: str) -> str:
    """Return the notification channel of an e-mail address."""
    return f"mail-{person}"


def logs_bucket(project: str) -> str:
    """Return the bucket of retained logs."""
    return f"{project}-logs"


def audit_bucket(project: str) -> str:
    """Return the bucket of the audit log."""
    return f"{project}-audit"


def state_bucket(project: str) -> str:
    """Return the bucket of the Pulumi states of a project."""
    return f"{project}-state"


def features(deployment: str) -> str:
    """Return the dataset of a deployment's features."""
    return f"{dataset(deployment)}_features"


def principal(member: str) -> str:
    """Return the name prefix of the grants of a person or a group."""
    return f"people-{member.partition(':')[2]}"


def raw_bucket(project: str) -> str:
    """Return the bucket of the client's raw files."""
    return f"{project}-{RAW}"


def row_writer(project: str) -> str:
    """Return the full name of the custom role for writing rows."""
    return f"projects/{project}/roles/{ROW_WRITER}"


def runner(deployment: str) -> str:
    """Return the account id of a deployment's builds and runs."""
    return f"{deployment}-runner"


def pull_trigger(deployment: str) -> str:
    """Return the trigger that builds people's pull requests to the last branch."""
    return f"{deployment}-pull"


def reconcile_trigger(deployment: str) -> str:
    """Return the trigger that reconciles a deployment's promotions."""
    return f"{deployment}-reconcile"


def request_topic(deployment: str, request: str) -> str:
    """Return the topic for people's requests to a deployment, and its trigger."""
    return f"{deployment}-{request}"


def secret_of(name: str) -> str:
    """Return the name of a client's secret in the program; other secrets have another prefix."""
    return f"secret-{name}"


def trigger(deployment: str) -> str:
    """Return the trigger that builds pushes to a deployment's pipeline."""
    return f"{deployment}-push"


def workbench_of(person: str) -> str:
    """Return the instance, and the account id, of a data scientist."""
    return f"{person}-workbench"
