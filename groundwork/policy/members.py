"""Kinds of IAM members: identities of the program, people of the environment file, service agents, strangers."""

from __future__ import annotations

import re

from groundwork.environment import names
from groundwork.policy.resource import Requirements

PUBLIC_MEMBERS = frozenset({"allusers", "allauthenticatedusers"})
DEPLOYER, FACTORY, CANDIDATE, PROGRAM, PERSON, AGENT, OUTSIDE, PUBLIC, STRANGER = (
    *("deployer", "factory", "candidate", "program", "person", "agent", "outside", "public", "stranger"),
)

_AGENT = re.compile(
    r"serviceAccount:(?:service-(?P<number>[0-9]+)@(?P<service>gcp-sa-(?:aiplatform|artifactregistry|cloudbuild|logging|notebooks"
    r"|pubsub|secretmanager)|compute-system|gs-project-accounts)|bq-(?P<warehouse>[0-9]+)@bigquery-encryption)"
    r"\.iam\.gserviceaccount\.com"
)
"""The service agents that the program grants roles to, by their full names (https://cloud.google.com/iam/docs/service-agents)."""

_OUTSIDE = re.compile(
    r"principalSet://iam\.googleapis\.com/projects/[0-9]+/locations/global/workloadIdentityPools/[a-z0-9-]+/attribute\.ref/refs/heads/.+"
)
"""Pushes to one branch, from CI outside Google Cloud; never a whole pool."""


def member_kind(member: str, requirements: Requirements, *, computed: bool = False, numbers: frozenset[str] = frozenset()) -> str:
    """Return the kind of a member. The name of a service agent counts only if it is computed: a written one is a stranger."""
    if member.casefold() in PUBLIC_MEMBERS:
        return PUBLIC
    if member in requirements.people:
        return PERSON
    if _OUTSIDE.fullmatch(member) and computed:
        return OUTSIDE
    if match := _AGENT.fullmatch(member):
        own = not numbers or (match["number"] or match["warehouse"]) in numbers
        return AGENT if computed and own else STRANGER
    return _own(member, requirements)


def _own(member: str, requirements: Requirements) -> str:
    start, _, email = member.partition(":")
    name = email.removesuffix(f"@{requirements.project}.iam.gserviceaccount.com")
    if start != "serviceAccount" or not re.fullmatch(r"[a-z][a-z0-9-]{4,28}[a-z0-9]", name):
        return STRANGER
    if email == requirements.deployer:
        return DEPLOYER
    if name == names.FACTORY:
        return FACTORY
    return CANDIDATE if re.fullmatch(r"candidate-[0-9]+", name) else PROGRAM


def number(member: object) -> str:
    """Return the project number of a service agent; "" for any other member."""
    match = _AGENT.fullmatch(member) if isinstance(member, str) else None
    return (match["number"] or match["warehouse"] or "") if match else ""
