"""Which people may what: the roles of each group, and who reads what the other parts build.

A grant on one bucket or dataset is made by the component that owns it, which takes its readers from here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from components.principal import Principal, PrincipalArgs
from components.services import Services
from groundwork.environment import names
from groundwork.environment.file import Environment


def people(environment: Environment, services: Services) -> None:
    """Build what is granted on the project: one role once for each member, in however many groups they are."""
    for member, roles in sorted(_on_project(environment).items()):
        name = names.principal(member)
        args = PrincipalArgs(member=member, project=environment.project, roles=roles)
        Principal(name, args, services.before("cloudresourcemanager", "bigquery", "cloudbuild", "logging"))


def members(environment: Environment) -> frozenset[str]:
    """Return everybody whom the environment's file names for something in the project."""
    groups = environment.people
    owners = {f"user:{workbench.owner}" for workbench in environment.workbenches.values()}
    return frozenset({*groups.scientists, *groups.engineers, *groups.reviewers, *groups.auditors, *owners})


def of_data(environment: Environment) -> dict[str, str]:
    """Return who reads what deployments have stored."""
    return _keyed(environment.people.scientists if environment.people.open_data else ())


def of_raw_data(environment: Environment) -> dict[str, str]:
    """Return who reads the raw tables whole: nobody where weeks are held out, which whoever writes a candidate is not to know."""
    return {} if environment.holdout.weeks else of_data(environment)


def of_training_views(environment: Environment) -> dict[str, str]:
    """Return who reads what candidates may know of the raw tables, besides them."""
    return of_data(environment) if environment.holdout.weeks else {}


def of_reports(environment: Environment) -> dict[str, str]:
    """Return who reads the reports."""
    return _keyed(environment.people.reviewers)


def of_the_ledger(environment: Environment) -> dict[str, str]:
    """Return who reads the ledger, the audit log and the logs that are kept."""
    return _keyed(environment.people.auditors)


def of_requests(environment: Environment) -> dict[str, str]:
    """Return who may ask the factory for something, such as the champion before."""
    return _keyed(environment.people.reviewers)


def of_the_clock(environment: Environment) -> dict[str, str]:
    """Return who may have the factory look around at once."""
    return _keyed(environment.people.engineers)


def _on_project(environment: Environment) -> Mapping[str, Mapping[str, str]]:
    groups, changes = environment.people, environment.platform_cd
    wanted: list[tuple[Iterable[str], Mapping[str, str]]] = [
        (of_data(environment).values(), {"queries": "roles/bigquery.jobUser"}),
        # Whoever may create builds runs any trigger of the project, as its account; whoever may cancel them may change triggers:
        # https://cloud.google.com/build/docs/iam-roles-permissions. Nobody does.
        (groups.engineers, {"builds": "roles/cloudbuild.builds.viewer", "logs": "roles/logging.viewer"}),
        (groups.engineers if changes else (), {"approvals": "roles/cloudbuild.builds.approver"}),
        # Who read what is in the private part of the audit log: https://cloud.google.com/logging/docs/access-control
        (groups.auditors, {"audit-log": "roles/logging.privateLogViewer"}),
    ]
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for members, roles in wanted:
        for member in members:
            found[member].update(roles)
    return found


def _keyed(members: Iterable[str]) -> dict[str, str]:
    """Return members by what stays the same of them: no address is a person's and a group's."""
    return {member.partition(":")[2]: member for member in members}
