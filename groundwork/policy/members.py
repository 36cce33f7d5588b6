"""Who a member is: an identity of the program's, a person of the environment's file, an agent of Google's, or a stranger."""

from __future__ import annotations

import re

from groundwork.environment import names
from groundwork.policy.resource import Demands

EVERYBODY = frozenset({"allusers", "allauthenticatedusers"})
DEPLOYER, FACTORY, CANDIDATE, PROGRAM, PERSON, AGENT, OUTSIDE, PUBLIC, STRANGER = (
    *("deployer", "factory", "candidate", "program", "person", "agent", "outside", "public", "stranger"),
)

_AGENT = re.compile(
    r"serviceAccount:(?:service-(?P<number>[0-9]+)@(?P<service>gcp-sa-(?:aiplatform|artifactregistry|cloudbuild|logging|notebooks"
    r"|pubsub|secretmanager)|compute-system|gs-project-accounts)|bq-(?P<warehouse>[0-9]+)@bigquery-encryption)"
    r"\.iam\.gserviceaccount\.com"
)
"""The agents that the program grants something to, by their whole names (https://cloud.google.com/iam/docs/service-agents)."""

_OUTSIDE = re.compile(
    r"principalSet://iam\.googleapis\.com/projects/[0-9]+/locations/global/workloadIdentityPools/[a-z0-9-]+/attribute\.ref/refs/heads/.+"
)
"""Pushes to one branch, from outside; never a whole pool."""


def kind(member: str, demands: Demands, *, computed: bool = False, numbers: frozenset[str] = frozenset()) -> str:
    """Return what a member is. An agent's name is Google's to give: one that somebody wrote down is a stranger's."""
    if member.casefold() in EVERYBODY:
        return PUBLIC
    if member in demands.people:
        return PERSON
    if _OUTSIDE.fullmatch(member) and computed:
        return OUTSIDE
    if found := _AGENT.fullmatch(member):
        own = not numbers or (found["number"] or found["warehouse"]) in numbers
        return AGENT if computed and own else STRANGER
    return _own(member, demands)


def _own(member: str, demands: Demands) -> str:
    start, _, email = member.partition(":")
    name = email.removesuffix(f"@{demands.project}.iam.gserviceaccount.com")
    if start != "serviceAccount" or not re.fullmatch(r"[a-z][a-z0-9-]{4,28}[a-z0-9]", name):
        return STRANGER
    if email == demands.deployer:
        return DEPLOYER
    if name == names.FACTORY:
        return FACTORY
    return CANDIDATE if re.fullmatch(r"candidate-[0-9]+", name) else PROGRAM


def number(member: object) -> str:
    """Return the number of the project whose agent it is; "" for what is none."""
    found = _AGENT.fullmatch(member) if isinstance(member, str) else None
    return (found["number"] or found["warehouse"] or "") if found else ""
