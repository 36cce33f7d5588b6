"""How a resource comes, changes and goes: the same through every interface, and safe to be killed at any point."""

from __future__ import annotations

from typing import Any

from groundwork.twin.core.resource_type import UNKNOWN, Fault, Properties, ResourceType, dig, known
from groundwork.twin.core.store import PropertyPath, Refused, Row, Store
from groundwork.twin.iam import permissions
from groundwork.twin.kms.encryption import require_key
from groundwork.twin.registry import RESOURCE_TYPES

SERVICE = "gcp:projects/service:Service"


def resource_type_of(token: str) -> ResourceType:
    """Return the rules of a Pulumi type token; raises Refused for one that the twin does not know."""
    if token not in RESOURCE_TYPES:
        raise Refused(f"the twin does not know {token}", "use a type that it knows, or add it to groundwork/twin")
    return RESOURCE_TYPES[token]


def completed(resource_type: ResourceType, inputs: Properties, project: str) -> Properties:
    """Return inputs with Google's defaults."""
    return {"project": project, **resource_type.defaults, **inputs} if project else {**resource_type.defaults, **inputs}


def faults(resource_type: ResourceType, inputs: Properties) -> list[Fault]:
    """Return everything that is wrong with completed inputs by themselves."""
    found = [
        Fault(name, f"`{name}` is required") for name in sorted(resource_type.required | {"project"}) if inputs.get(name) is None
    ]
    found += [
        Fault(name, f"the twin does not know `{name}` of {resource_type.type}; leave it out, or add it to groundwork/twin")
        for name in sorted(set(inputs) - resource_type.names)
    ]
    for name, pattern in sorted(resource_type.patterns.items()):
        value = inputs.get(name)
        if isinstance(value, str) and known(value) and not pattern.fullmatch(value):
            found.append(Fault(name, f"`{value}` is not a valid {name}: it must match {pattern.pattern}"))
    return found or list(resource_type.faults(inputs))


def state(resource_type: ResourceType, id_: str, inputs: Properties) -> dict[str, Any]:
    """Return inputs and outputs.

    Outputs follow from fixed inputs; as long as one of those is unknown, so are the outputs.
    """
    settled = known([dig(inputs, path) for path in resource_type.fixed])
    outputs = {key: value if settled else UNKNOWN for key, value in resource_type.outputs(inputs).items()}
    return {**inputs, **outputs, **resource_type.named(id_)}


def create(
    store: Store,
    resource_type: ResourceType,
    inputs: Properties,
    secret: frozenset[PropertyPath] = frozenset(),
    *,
    by: str | None = None,
) -> str:
    """Make a resource from completed inputs and return its id; raises Refused where Google would refuse it.

    `by` is the identity that makes it, here and below; raises Denied where it may not. None is the person at the keyboard.
    """
    secret = resource_type.secret_paths(secret)
    with store.lock(resource_type.type, resource_type.id(inputs)):
        id_ = resource_type.find(store, inputs)
        require_api(store, inputs["project"], resource_type.api)
        permissions.allow(store, by, resource_type, "create", inputs)
        row = store.get(resource_type.type, id_)
        if not resource_type.adopts and row and row.ready and resource_type.exists(store, row.inputs):
            raise Refused(f"{id_} already exists", "import it, or give this one another name")
        resource_type.check(store, inputs)
        require_key(store, resource_type, inputs)
        store.put(resource_type.type, id_, inputs, ready=False, secret=secret)
        resource_type.apply(store, inputs)
        permissions.own(store, by, resource_type, inputs)
        store.put(resource_type.type, id_, inputs, ready=True, secret=secret)
        return id_


def read(store: Store, resource_type: ResourceType, id_: str, *, by: str | None = None) -> Properties | None:
    """Return the inputs of a resource that is there, else None."""
    row = store.get(resource_type.type, id_)
    if row is None or not present(store, resource_type, row):
        return None
    permissions.allow(store, by, resource_type, "read", row.inputs)
    return row.inputs


def present(store: Store, resource_type: ResourceType, row: Row | None) -> bool:
    """Return whether a recorded resource is finished and still there."""
    return row is not None and row.ready and resource_type.exists(store, row.inputs)


def update(  # noqa: PLR0913  everything that a change needs
    store: Store,
    resource_type: ResourceType,
    id_: str,
    inputs: Properties,
    secret: frozenset[PropertyPath] = frozenset(),
    *,
    by: str | None = None,
) -> None:
    """Change a resource in place; raises Refused where Google would."""
    with store.lock(resource_type.type, id_):
        row = store.get(resource_type.type, id_)
        if not row or not present(store, resource_type, row):
            raise Refused(f"{id_} does not exist any more", "run `pulumi refresh`, then `pulumi up`")
        permissions.allow(store, by, resource_type, "update", row.inputs)
        require_key(store, resource_type, inputs)
        resource_type.change(store, row.inputs, inputs)
        store.put(resource_type.type, id_, inputs, ready=True, secret=resource_type.secret_paths(secret))


def delete(store: Store, resource_type: ResourceType, id_: str, *, by: str | None = None) -> None:
    """Delete a resource, and the grants on it; raises Refused where Google would. An absence is not an error."""
    with store.lock(resource_type.type, id_):
        row = store.get(resource_type.type, id_)
        if not row or resource_type.survives(row.inputs):
            return
        permissions.allow(store, by, resource_type, "delete", row.inputs)
        resource_type.remove(store, row.inputs)
        with store.transaction():  # a kill in between would leave it without the grant by which its maker may go on
            for member_type, member_id in permissions.grants_on(store, resource_type, row.inputs):
                store.forget(member_type, member_id)
            store.forget(resource_type.type, id_)


def require_api(store: Store, project: str, api: str) -> None:
    """Raise Refused unless the service is enabled in the project."""
    if api and not store.get(SERVICE, f"{project}/{api}"):
        raise Refused(f"{api} is not enabled in project {project}", "enable it and make this resource depend on that")
