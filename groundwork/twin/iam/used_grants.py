"""Records which grants were used on this twin: each that was the only one to allow a request.

Without such a grant the request would have been answered with `Denied`. A grant that is never recorded is superfluous, or was
never used: only requests show it, as with Google's own recommender of roles
(https://cloud.google.com/policy-intelligence/docs/role-recommendations-overview). A history: lines are never removed.
"""

from __future__ import annotations

from groundwork.twin.core.store import Store


def note(store: Store, resource_type: str, id_: str, permission: str) -> None:
    """Record that only this grant gave the permission; reads first, as a write waits for the writes of other processes."""
    values = (resource_type, id_, permission)
    known = "select 1 from needed_grants where (type, id, permission) = (?, ?, ?)"
    if not _table(store).records.execute(known, values).fetchone():
        store.records.execute("insert or ignore into needed_grants values (?, ?, ?)", values)


def needed(store: Store) -> dict[tuple[str, str], frozenset[str]]:
    """Return the permissions for which each grant was needed, by the grant's type and id."""
    found: dict[tuple[str, str], frozenset[str]] = {}
    for resource_type, id_, permission in _table(store).records.execute("select type, id, permission from needed_grants"):
        found[resource_type, id_] = found.get((resource_type, id_), frozenset()) | {permission}
    return found


def _table(store: Store) -> Store:
    store.records.execute(
        "create table if not exists needed_grants (type text, id text, permission text, primary key (type, id, permission))"
    )
    return store
