"""Secret Manager: payloads lie in files of the twin that only their owner may read, never in its records."""

from __future__ import annotations

from groundwork.twin.core.resource_type import Properties, ResourceType, last
from groundwork.twin.core.store import Refused, Store

LATEST = "latest"


class Secret(ResourceType):
    """A name for a row of versions."""

    type = "gcp:secretmanager/secret:Secret"
    api = "secretmanager.googleapis.com"
    required = frozenset({"secretId", "replication"})
    optional = frozenset({"annotations", "labels"})
    immutable = frozenset({"secretId", "replication"})
    defaults = {"deletionProtection": False}
    encrypted_by = "replication.userManaged.replicas.customerManagedEncryption.kmsKeyName"
    key_agents = ("secretmanager",)

    def id(self, given: Properties) -> str:
        """Return Google's full name of it."""
        return f"projects/{given['project']}/secrets/{given['secretId']}"

    def outputs(self, given: Properties) -> Properties:
        """Return the full name."""
        return {"name": self.id(given)}

    def remove(self, store: Store, given: Properties) -> None:
        """Take the versions along."""
        if given["deletionProtection"]:
            raise Refused(f"secret {given['secretId']} is protected", "set `deletion_protection=False` and run `pulumi up` first")
        for id_, _ in versions(store, self.id(given)):
            store.forget(SecretVersion.type, id_)


class SecretVersion(ResourceType):
    """One payload. Google numbers versions; on the twin the same payload of one secret keeps its number.

    So an interrupted `up` finds the version that it made.
    """

    type = "gcp:secretmanager/secretVersion:SecretVersion"
    api = Secret.api
    required = frozenset({"secret", "secretData"})
    immutable = frozenset({"secret", "secretData"})
    defaults = {"enabled": True}
    secret = frozenset({"secretData"})
    adopts = True

    def id(self, given: Properties) -> str:
        """Return what the versions of one secret have in common; `find` knows the number."""
        return f"{given['secret']}/versions"

    def find(self, store: Store, given: Properties) -> str:
        """Return the version with this payload, or the next number."""
        found = versions(store, given["secret"], unfinished=True)
        same = (id_ for id_, version in found if version["secretData"] == given["secretData"])
        return next(same, f"{self.id(given)}/{1 + max((int(last(id_)) for id_, _ in found), default=0)}")

    def named(self, id_: str) -> Properties:
        """Return the full name, and the number."""
        return {"name": id_, "version": last(id_)}

    def check(self, store: Store, given: Properties) -> None:
        """Refuse a version of nothing."""
        secret = store.get(Secret.type, given["secret"])
        if not secret or not secret.ready:
            raise Refused(f"secret {given['secret']} does not exist", "create it in the same program and take its id from there")


def versions(store: Store, secret: str, *, unfinished: bool = False) -> list[tuple[str, Properties]]:
    """Return id and inputs of a secret's versions, oldest first."""
    found = [(id_, given) for id_, given in store.all(SecretVersion.type, unfinished=unfinished) if given["secret"] == secret]
    return sorted(found, key=lambda version: int(last(version[0])))


def find_version(store: Store, name: str) -> Properties | None:
    """Return the version that a full name means (`…/versions/3`, `…/versions/latest`) if it is there and enabled."""
    secret, _, wanted = name.partition("/versions/")
    found = {last(id_): given for id_, given in versions(store, secret)}
    newest = list(found.values())[-1] if found else None
    version = newest if wanted == LATEST else found.get(wanted)
    return version if version and version["enabled"] else None
