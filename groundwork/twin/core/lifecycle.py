"""How a resource comes, changes and goes: the same through every door, and safe to be killed at any point."""

from __future__ import annotations

from typing import Any

from groundwork.twin.core.resource_type import UNKNOWN, Fault, Kind, Properties, dig, known
from groundwork.twin.core.store import Home, Place, Refused, Row
from groundwork.twin.iam import permissions
from groundwork.twin.kms.encryption import require_key
from groundwork.twin.registry import KINDS

SERVICE = "gcp:projects/service:Service"


def kind_of(token: str) -> Kind:
    """Return the rules of a Pulumi type token; raises Refused for one that the twin does not know."""
    if token not in KINDS:
        raise Refused(f"the twin does not know {token}", "use a type that it knows, or add it to groundwork/twin")
    return KINDS[token]


def completed(kind: Kind, given: Properties, project: str) -> Properties:
    """Return inputs with what Google fills in."""
    return {"project": project, **kind.defaults, **given} if project else {**kind.defaults, **given}


def faults(kind: Kind, given: Properties) -> list[Fault]:
    """Return everything that is wrong with completed inputs by themselves."""
    found = [Fault(name, f"`{name}` is required") for name in sorted(kind.required | {"project"}) if given.get(name) is None]
    found += [
        Fault(name, f"the twin does not know `{name}` of {kind.type}; leave it out, or add it to groundwork/twin")
        for name in sorted(set(given) - kind.names)
    ]
    for name, pattern in sorted(kind.patterns.items()):
        value = given.get(name)
        if isinstance(value, str) and known(value) and not pattern.fullmatch(value):
            found.append(Fault(name, f"`{value}` is no valid {name}: it must match {pattern.pattern}"))
    return found or list(kind.faults(given))


def state(kind: Kind, id_: str, given: Properties) -> dict[str, Any]:
    """Return inputs and outputs.

    Outputs rest on what cannot change; as long as any of that is not known, neither are they.
    """
    settled = known([dig(given, path) for path in kind.fixed])
    outputs = {key: value if settled else UNKNOWN for key, value in kind.outputs(given).items()}
    return {**given, **outputs, **kind.named(id_)}


def create(home: Home, kind: Kind, given: Properties, secret: frozenset[Place] = frozenset(), *, by: str | None = None) -> str:
    """Make a resource from completed inputs and return its id; raises Refused where Google would refuse it.

    `by` is the identity that makes it, here and below; raises Denied where it may not. None is the person at the keyboard.
    """
    secret = kind.secret_places(secret)
    with home.lock(kind.type, kind.id(given)):
        id_ = kind.find(home, given)
        require_api(home, given["project"], kind.api)
        permissions.allow(home, by, kind, "create", given)
        row = home.get(kind.type, id_)
        if not kind.adopts and row and row.ready and kind.exists(home, row.inputs):
            raise Refused(f"{id_} already exists", "import it, or give this one another name")
        kind.check(home, given)
        require_key(home, kind, given)
        home.put(kind.type, id_, given, ready=False, secret=secret)
        kind.apply(home, given)
        permissions.own(home, by, kind, given)
        home.put(kind.type, id_, given, ready=True, secret=secret)
        return id_


def read(home: Home, kind: Kind, id_: str, *, by: str | None = None) -> Properties | None:
    """Return the inputs of a resource that is there, else None."""
    row = home.get(kind.type, id_)
    if row is None or not present(home, kind, row):
        return None
    permissions.allow(home, by, kind, "read", row.inputs)
    return row.inputs


def present(home: Home, kind: Kind, row: Row | None) -> bool:
    """Return whether what is on record is finished and still there."""
    return row is not None and row.ready and kind.exists(home, row.inputs)


def update(  # noqa: PLR0913  what there is to say of a change
    home: Home, kind: Kind, id_: str, given: Properties, secret: frozenset[Place] = frozenset(), *, by: str | None = None
) -> None:
    """Change a resource in place; raises Refused where Google would."""
    with home.lock(kind.type, id_):
        row = home.get(kind.type, id_)
        if not row or not present(home, kind, row):
            raise Refused(f"{id_} does not exist any more", "run `pulumi refresh`, then `pulumi up`")
        permissions.allow(home, by, kind, "update", row.inputs)
        require_key(home, kind, given)
        kind.change(home, row.inputs, given)
        home.put(kind.type, id_, given, ready=True, secret=kind.secret_places(secret))


def delete(home: Home, kind: Kind, id_: str, *, by: str | None = None) -> None:
    """Unmake a resource, and the grants on it; raises Refused where Google would. An absence is not an error."""
    with home.lock(kind.type, id_):
        row = home.get(kind.type, id_)
        if not row or kind.survives(row.inputs):
            return
        permissions.allow(home, by, kind, "delete", row.inputs)
        kind.remove(home, row.inputs)
        with home.whole():  # a kill in between would leave it without the grant by which its maker may go on
            for member_type, member_id in permissions.grants_on(home, kind, row.inputs):
                home.forget(member_type, member_id)
            home.forget(kind.type, id_)


def require_api(home: Home, project: str, api: str) -> None:
    """Raise Refused unless the service is enabled in the project."""
    if api and not home.get(SERVICE, f"{project}/{api}"):
        raise Refused(f"{api} is not enabled in project {project}", "enable it and make this resource depend on that")
