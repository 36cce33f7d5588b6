"""Permissions of people: the roles of each group, and the readers of the other parts' resources.

The component that owns a bucket or dataset creates the grants on it, and takes its readers from here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from components.principal import Principal, PrincipalArgs
from components.services import Services
from groundwork.environment import names
from groundwork.environment.file import Environment


def people(environment: Environment, services: Services) -> None:
    """Build the grants on the project: each role once for each member, also for members of several groups."""
    for member, roles in sorted(_on_project(environment).items()):
        name = names.principal(member)
        args = PrincipalArgs(member=member, project=environment.project, roles=roles)
        Principal(name, args, services.before("cloudresourcemanager", "bigquery", "cloudbuild", "logging"))


def members(environment: Environment) -> frozenset[str]:
    """Return every person and group in the environment file with a role in the project."""
    groups = environment.people
    owners = {f"user:{workbench.owner}" for workbench in environment.workbenches.values()}
    return frozenset({*groups.scientists, *groups.engineers, *groups.reviewers, *groups.auditors, *owners})


def of_data(environment: Environment) -> dict[str, str]:
    """Return the readers of the deployments' results."""
    return _keyed(environment.people.scientists if environment.people.open_data else ())


def of_raw_data(environment: Environment) -> dict[str, str]:
    """Return the readers of the raw tables: none if there is a holdout, which authors of candidates must not see."""
    return {} if environment.holdout.weeks else of_data(environment)


def of_training_views(environment: Environment) -> dict[str, str]:
    """Return the people who read the training views; candidates read them too."""
    return of_data(environment) if environment.holdout.weeks else {}


def of_reports(environment: Environment) -> dict[str, str]:
    """Return the readers of the reports."""
    return _keyed(environment.people.reviewers)


def of_the_ledger(environment: Environment) -> dict[str, str]:
    """Return the readers of the ledger, the audit log and the retained logs."""
    return _keyed(environment.people.auditors)


def of_requests(environment: Environment) -> dict[str, str]:
    """Return the people who may send requests to the factory, such as a rollback to the previous champion."""
    return _keyed(environment.people.reviewers)


def of_reconciliation(environment: Environment) -> dict[str, str]:
    """Return the people who may start a reconciliation."""
    return _keyed(environment.people.engineers)


def _on_project(environment: Environment) -> Mapping[str, Mapping[str, str]]:
    groups, changes = environment.people, environment.platform_cd
    granted: list[tuple[Iterable[str], Mapping[str, str]]] = [
        (of_data(environment).values(), {"queries": "roles/bigquery.jobUser"}),
        # No person may create or cancel builds: permission to create builds includes running any trigger of the project as its
        # account, and permission to cancel them includes changing triggers
        # (https://cloud.google.com/build/docs/iam-roles-permissions).
        (groups.engineers, {"builds": "roles/cloudbuild.builds.viewer", "logs": "roles/logging.viewer"}),
        (groups.engineers if changes else (), {"approvals": "roles/cloudbuild.builds.approver"}),
        # Reads of data are in the private part of the audit log: https://cloud.google.com/logging/docs/access-control
        (groups.auditors, {"audit-log": "roles/logging.privateLogViewer"}),
    ]
    by_member: dict[str, dict[str, str]] = defaultdict(dict)
    for members, roles in granted:
        for member in members:
            by_member[member].update(roles)
    return by_member


def _keyed(members: Iterable[str]) -> dict[str, str]:
    """Return members keyed by their addresses, which are unique: no address belongs to both a person and a group."""
    return {member.partition(":")[2]: member for member in members}
