"""Secret Manager on the twin, as one identity sees it."""

from __future__ import annotations

from groundwork.ports.errors import Absent
from groundwork.twin import lifecycle
from groundwork.twin.core.store import Store
from groundwork.twin.iam.permissions import require
from groundwork.twin.secretmanager.resources import LATEST, Secret, SecretVersion, find_version


def twin_secret(store: Store, identity: str | None, secret: str) -> str:
    """Return the payload of a secret's latest version; raises Absent and Denied."""
    require(store, identity, "secretmanager.versions.access", secret)
    version = find_version(store, f"{secret}/versions/{LATEST}")
    if version is None:
        name = secret.rpartition("/")[2]
        raise Absent(f"{secret} has no version that is enabled", f"put one in: `groundwork secret put {name}`")
    return str(version["secretData"])


def put_version(store: Store, project: str, secret: str, payload: str) -> str:
    """Store a payload as a secret's newest version, as the person at the keyboard; return its full name. Raises Absent."""
    name = Secret().id({"project": project, "secretId": secret})
    if (row := store.get(Secret.type, name)) is None or not row.ready:
        raise Absent(f"there is no secret {name}", "give it an entry in `secrets` of the environment's file and run `pulumi up`")
    resource_type = SecretVersion()
    return lifecycle.create(
        store, resource_type, lifecycle.completed(resource_type, {"secret": name, "secretData": payload}, project)
    )
