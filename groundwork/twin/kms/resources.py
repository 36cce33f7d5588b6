"""Cloud KMS: rings and keys are checked records. Google deletes neither, so they stay when Pulumi lets go of them.

https://cloud.google.com/kms/docs/object-hierarchy, https://cloud.google.com/kms/docs/reference/rest/v1/projects.locations.keyRings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from groundwork.twin.core.resource_type import Fault, Properties, ResourceType, known
from groundwork.twin.core.store import Refused, Store

_DAY = 86_400


class KeyRing(ResourceType):
    """What keys are in; it says where they are."""

    type = "gcp:kms/keyRing:KeyRing"
    api = "cloudkms.googleapis.com"
    required = frozenset({"name", "location"})
    immutable = frozenset({"name", "location"})

    def id(self, given: Properties) -> str:
        """Return Google's full name of it."""
        return f"projects/{given['project']}/locations/{given['location']}/keyRings/{given['name']}"

    def survives(self, given: Properties) -> bool:
        """Stay: Google has no way to delete one, and its name is taken for ever."""
        _ = given
        return True


class CryptoKey(ResourceType):
    """A key with its versions; the newest encrypts."""

    type = "gcp:kms/cryptoKey:CryptoKey"
    api = KeyRing.api
    required = frozenset({"name", "keyRing"})
    optional = frozenset({"labels", "rotationPeriod"})
    immutable = frozenset({"name", "keyRing", "purpose", "destroyScheduledDuration"})
    defaults = {"purpose": "ENCRYPT_DECRYPT", "destroyScheduledDuration": "2592000s"}
    supported = {"purpose": re.compile("ENCRYPT_DECRYPT")}

    def id(self, given: Properties) -> str:
        """Return Google's full name of it."""
        return f"{given['keyRing']}/cryptoKeys/{given['name']}"

    def faults(self, given: Properties) -> Iterator[Fault]:
        """Yield a rotation that is too quick: https://cloud.google.com/kms/docs/rotate-key asks for a day at least."""
        period = given.get("rotationPeriod")
        if period is not None and known(period) and int(period.removesuffix("s")) < _DAY:
            yield Fault("rotationPeriod", f"a key rotates once in {_DAY}s at most, not in {period}")

    def check(self, store: Store, given: Properties) -> None:
        """Refuse a key in no ring."""
        ring = store.get(KeyRing.type, given["keyRing"])
        if not ring or not ring.ready:
            raise Refused(f"key ring {given['keyRing']} does not exist", "create it in the same program, and take its id")

    def survives(self, given: Properties) -> bool:
        """Stay, as its ring does."""
        return KeyRing().survives(given)
