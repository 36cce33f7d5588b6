"""Workload identity federation: who outside of Google is believed. Checked records: nobody on the twin asks for a token.

What is deleted keeps its name for 30 days (https://cloud.google.com/iam/docs/manage-workload-identity-pools-providers#delete-pool);
on the twin for as long as the twin is there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from groundwork.twin.core.resource_type import Fault, Properties, ResourceType, dig, known
from groundwork.twin.core.store import Refused, Store
from groundwork.twin.projects.resources import number

LONGEST_CONDITION = 4096
AUDIENCES = 10
"""Both: https://cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools.providers"""
EVERYBODY_S = re.compile(r"https://(token\.actions\.githubusercontent\.com|gitlab\.com|app\.terraform\.io)")
"""Issuers of many tenants, whose claims a condition has to ask for:
https://cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines#conditions"""
MAPPED = re.compile(r"google\.(subject|groups)|attribute\.[a-z0-9_]{1,100}")
SET = re.compile(
    r"principalSet://iam\.googleapis\.com/(?P<pool>projects/\d+/locations/global/workloadIdentityPools/[a-z0-9-]+)"
    r"/(attribute\.[a-z0-9_]+/.+|group/.+|\*)"
)


class _Kept(ResourceType):
    """Something whose name stays taken when it is deleted."""

    api = "iam.googleapis.com"

    def check(self, store: Store, given: Properties) -> None:
        """Refuse the name of one that was deleted."""
        if store.get(f"{self.type} (deleted)", self.id(given)):
            raise Refused(
                f"{self.id(given)} was deleted, and Google keeps it, and its name, for 30 days",
                "give this one another name; or undelete that one with `gcloud iam workload-identity-pools`, and import it",
            )

    def remove(self, store: Store, given: Properties) -> None:
        """Keep the name."""
        store.put(f"{self.type} (deleted)", self.id(given), given, ready=True, secret=frozenset())


class Pool(_Kept):
    """A pool of identities from outside."""

    type = "gcp:iam/workloadIdentityPool:WorkloadIdentityPool"
    required = frozenset({"workloadIdentityPoolId"})
    optional = frozenset({"description", "displayName"})
    immutable = frozenset({"workloadIdentityPoolId"})
    defaults = {"disabled": False}

    def id(self, given: Properties) -> str:
        """Return its full name with the project's id."""
        return f"projects/{given['project']}/locations/global/workloadIdentityPools/{given['workloadIdentityPoolId']}"

    def outputs(self, given: Properties) -> Properties:
        """Return Google's own name of it, with the project's number."""
        return {"name": _numbered(self.id(given), given), "state": "ACTIVE"}


class Provider(_Kept):
    """Whose tokens a pool takes, and which of them."""

    type = "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider"
    required = frozenset({"oidc", "workloadIdentityPoolId", "workloadIdentityPoolProviderId"})
    optional = frozenset({"attributeCondition", "attributeMapping", "description", "displayName"})
    immutable = frozenset({"workloadIdentityPoolId", "workloadIdentityPoolProviderId"})
    defaults = {"disabled": False}

    def id(self, given: Properties) -> str:
        """Return its full name with the project's id."""
        return f"{Pool().id(given)}/providers/{given['workloadIdentityPoolProviderId']}"

    def outputs(self, given: Properties) -> Properties:
        """Return Google's own name of it, with the project's number."""
        return {"name": _numbered(self.id(given), given), "state": "ACTIVE"}

    def faults(self, given: Properties) -> Iterator[Fault]:
        """Yield issuers, mappings and conditions that Google refuses."""
        issuer, audiences = dig(given, "oidc.issuerUri"), dig(given, "oidc.allowedAudiences")
        if known(issuer) and not str(issuer or "").startswith("https://"):
            yield Fault("oidc", f"`issuerUri` is `{issuer}`; an issuer is an https address")
        if isinstance(audiences, list) and len(audiences) > AUDIENCES:
            yield Fault("oidc", f"{AUDIENCES} audiences at most, not {len(audiences)}")
        if isinstance(given["oidc"], Mapping) and (strangers := sorted(set(given["oidc"]) - {"issuerUri", "allowedAudiences"})):
            yield Fault("oidc", f"the twin does not know {', '.join(strangers)} of it")
        mapping = given.get("attributeMapping") or {}
        if known(mapping):
            yield from _mapping(mapping)
        condition = given.get("attributeCondition")
        if not known(condition) or not known(issuer):
            return
        if len(condition or "") > LONGEST_CONDITION:
            yield Fault("attributeCondition", f"a condition has {LONGEST_CONDITION} characters at most")
        if EVERYBODY_S.fullmatch(str(issuer).rstrip("/")) and not re.search(r"\b(assertion|attribute)\.", condition or ""):
            yield Fault("attributeCondition", f"{issuer} is everybody's issuer: a condition has to ask for one of its claims")

    def check(self, store: Store, given: Properties) -> None:
        """Refuse a pool that does not exist."""
        super().check(store, given)
        row = store.get(Pool.type, Pool().id(given))
        if not row or not row.ready:
            raise Refused(f"pool {Pool().id(given)} does not exist", "create it in the same program and take its id from there")


def require_set(store: Store, member: str) -> None:
    """Raise Refused unless the pool of a `principalSet://` exists."""
    named, pool = SET.fullmatch(member), Pool()
    if named and not any(pool.outputs(given)["name"] == named["pool"] for _, given in store.all(pool.type)):
        raise Refused(f"pool {named['pool']} does not exist", "create it in the same program and take its name from there")


def _mapping(mapping: Properties) -> Iterator[Fault]:
    if "google.subject" not in mapping:
        yield Fault("attributeMapping", "`google.subject` has to be mapped: it is who acts, in the logs")
    for name in mapping:
        if not MAPPED.fullmatch(name):
            yield Fault("attributeMapping", f"`{name}` cannot be mapped; google.subject, google.groups and attribute.… can")


def _numbered(name: str, given: Properties) -> str:
    return name.replace(f"projects/{given['project']}/", f"projects/{number(given['project'])}/", 1)
