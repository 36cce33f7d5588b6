"""Roles that a project has of its own: the permissions of one task and no others."""

from __future__ import annotations

import re
from collections.abc import Iterator

from groundwork.google.roles import PERMISSIONS, ROLES
from groundwork.twin.core.resource_type import Fault, Properties, ResourceType, known
from groundwork.twin.core.store import Refused, Store

_NAME = re.compile(r"projects/[a-z][a-z0-9-]{4,28}[a-z0-9]/roles/[A-Za-z0-9_.]{3,64}")


class CustomRole(ResourceType):
    """A role of a project's own.

    Google keeps a deleted one for seven days, in which its provider brings it back under the same name, as here; in the thirty
    days after that the name cannot be had (https://cloud.google.com/iam/docs/creating-custom-roles#deleting-custom-role).
    """

    type = "gcp:projects/iAMCustomRole:IAMCustomRole"
    api = "iam.googleapis.com"
    required = frozenset({"roleId", "title", "permissions"})
    optional = frozenset({"description"})
    immutable = frozenset({"roleId"})
    defaults = {"stage": "GA"}

    def id(self, given: Properties) -> str:
        """Return its full name, by which it is granted."""
        return f"projects/{given['project']}/roles/{given['roleId']}"

    def outputs(self, given: Properties) -> Properties:
        """Return that name."""
        return {"name": self.id(given), "deleted": False}

    def faults(self, given: Properties) -> Iterator[Fault]:
        """Yield permissions that the twin does not know: nothing on it would ever ask for them."""
        permissions = given["permissions"]
        if known(permissions) and (strangers := sorted(set(permissions) - PERMISSIONS)):
            yield Fault("permissions", f"the twin does not know {', '.join(strangers)}; see groundwork/google/roles.py")


def is_custom(role: str) -> bool:
    """Return whether this names a project's own role, there or not."""
    return _NAME.fullmatch(role) is not None


def require_role(store: Store, role: str) -> None:
    """Raise Refused where a project's own role does not exist."""
    if is_custom(role) and not _there(store, role):
        raise Refused(f"role {role} does not exist", "create it in the same program and take its name from there")


def permissions_of(store: Store, role: str) -> frozenset[str]:
    """Return what a role allows: nothing where there is no such role, or no more."""
    return ROLES[role].permissions if role in ROLES else frozenset(_there(store, role))


def _there(store: Store, role: str) -> tuple[str, ...]:
    """Return the permissions of a project's own role; none where it is not there."""
    row = store.get(CustomRole.type, role)
    return tuple(row.inputs["permissions"]) if row and row.ready else ()
