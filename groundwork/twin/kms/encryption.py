"""Checks a resource that names a key: the key exists, in the same place, and the service's own agent may use it.

https://cloud.google.com/kms/docs/cmek: the service agent needs the role on the key before the resource is made; a resource in
one place takes a key of that place (https://cloud.google.com/storage/docs/encryption/customer-managed-keys#restrictions).
"""

from __future__ import annotations

from groundwork.ports.errors import Denied
from groundwork.twin.core.resource_type import Properties, ResourceType, dig
from groundwork.twin.core.store import Refused, Store
from groundwork.twin.iam import permissions
from groundwork.twin.kms.resources import CryptoKey
from groundwork.twin.projects.resources import agent

USE = "cloudkms.cryptoKeyVersions.useToEncrypt"


def require_key(store: Store, resource_type: ResourceType, inputs: Properties) -> None:
    """Raise Refused unless the key that a resource names, if it names one, can be used for it."""
    key = dig(inputs, resource_type.encrypted_by) if resource_type.encrypted_by else None
    if key is None:
        return
    found = store.get(CryptoKey.type, key)
    if not found or not found.ready:
        raise Refused(f"key {key} does not exist", "make it with `groundwork bootstrap` and name it in full, without a version")
    place, where = key.split("/")[3], str(inputs.get("location", "")).lower()
    if where and where != place and not where.startswith(f"{place}-"):
        raise Refused(f"key {key} is in {place}, and the data in {where}", "use a key in the place of the data")
    for service in resource_type.key_agents:
        try:
            permissions.require(store, agent(inputs["project"], service), USE, key)
        except Denied as denied:
            way_out = f"{denied.hint}; grant it on the key before this is made"
            raise Refused(f"the agent of {service} may not use the key: {denied.message}", way_out) from denied
