"""Checks permissions on the twin: the only module that reads grants."""

from __future__ import annotations

from collections.abc import Iterator

from groundwork.google.roles import DEPLOYERS, PERMISSIONS, ROLES
from groundwork.ports.errors import Denied
from groundwork.twin.bigquery.dataset_access import GRANTS, DatasetAccess
from groundwork.twin.core.resource_type import Properties, ResourceType
from groundwork.twin.core.store import Store
from groundwork.twin.iam.custom_roles import permissions_of
from groundwork.twin.iam.members import Member
from groundwork.twin.iam.service_accounts import find_account, is_agent
from groundwork.twin.iam.used_grants import note
from groundwork.twin.storage.resources import Bucket


def require(store: Store, identity: str | None, permission: str, resource: str) -> None:
    """Raise Denied unless the identity has the permission on the resource, or on one of its parents.

    `identity` is a service account's e-mail; None is the person at the keyboard, who may do everything. `resource` is named
    `projects/P`, `projects/P/datasets/D`, `buckets/B`, `buckets/B/objects/NAME`, `projects/P/topics/T` and so on, in full.
    If exactly one grant allows it, that grant is noted as used (`iam/used_grants.py`).
    Objects are listed on their bucket, and all other permissions are checked on the object's name: a grant may cover one folder.
    """
    if permission not in PERMISSIONS:
        raise ValueError(f"no role that the twin knows has {permission}; see groundwork/google/roles.py")
    if identity is None:
        return
    if not _alive(store, identity):
        raise Denied(f"service account {identity} does not exist or is disabled", "create or enable it with `pulumi up`")
    allowing = _allowing(store, identity, permission, resource)
    if len(allowing) == 1:
        note(store, *allowing[0], permission)
    elif not allowing:
        others = {name: role for name, role in ROLES.items() if name not in DEPLOYERS}
        able = ", ".join(sorted(name for name, role in others.items() if permission in role.permissions))
        hint = (
            f"grant it one of these roles in the program: {able}"
            if able
            else "use the deployer or its creator: other identities do not get this permission"
        )
        raise Denied(f"{identity} lacks {permission} on {resource}", hint)


def allow(store: Store, identity: str | None, resource_type: ResourceType, doing: str, inputs: Properties) -> None:
    """Raise Denied unless the identity may `create`, `read`, `update` or `delete` a resource."""
    if identity is not None and doing not in resource_type.permissions:
        raise Denied(
            f"{identity} may not {doing} a {resource_type.type.rpartition(':')[2]}: the twin does not know the permission for it",
            "ask a person to do it, or add it to `permissions` of the type in groundwork/twin",
        )
    if identity is not None:
        require(store, identity, resource_type.permissions[doing], resource_type.asked_on(inputs, doing))


def own(store: Store, identity: str | None, resource_type: ResourceType, inputs: Properties) -> None:
    """Record the role that Google grants to the creator of a resource, on that resource, for as long as it exists.

    On the twin only a dataset has an owner: an entry of its access list.
    """
    if identity is None or not resource_type.owner:
        return
    access = DatasetAccess()
    entry = {"project": inputs["project"], access.on: inputs[access.key], "role": resource_type.owner, "userByEmail": identity}
    store.put(access.type, access.id(entry), entry, ready=True)


def grants_on(store: Store, resource_type: ResourceType, inputs: Properties) -> Iterator[tuple[str, str]]:
    """Yield type and id of every grant on one resource: they go with it."""
    for member in _members_of(resource_type):
        for id_, grant in store.all(member.type):
            if member.target(grant) == resource_type.id(inputs):
                yield member.type, id_


def _members_of(resource_type: ResourceType) -> Iterator[Member]:
    """Yield the types of grants on resources of one type."""
    return (member for member in GRANTS if member.of is not None and member.of.type == resource_type.type)


def _alive(store: Store, identity: str) -> bool:
    account = find_account(store, identity)
    return not account["disabled"] if account else is_agent(store, identity)


def _allowing(store: Store, identity: str, permission: str, resource: str) -> list[tuple[str, str]]:
    """Return type and id of every grant that gives the identity the permission on the resource."""
    around = _around(store, resource)
    who = {f"serviceAccount:{identity}", "allUsers", "allAuthenticatedUsers"}
    return [
        (member.type, id_)
        for member in GRANTS
        for id_, grant in store.all(member.type)
        if member.whom(grant) in who
        and member.resource(grant) in around
        and permission in permissions_of(store, grant["role"])
        and member.holds(grant, resource)
    ]


def _around(store: Store, resource: str) -> set[str]:
    """Return the resource's name and those of everything that it is in; a bucket's project is on its record."""
    parts = resource.split("/", 3) if resource.startswith("buckets/") else resource.split("/")
    names = {"/".join(parts[:length]) for length in range(2, len(parts) + 1, 2)}
    row = store.get(Bucket.type, parts[1]) if parts[0] == "buckets" else None
    return names | {f"projects/{row.inputs['project']}"} if row and row.ready else names
