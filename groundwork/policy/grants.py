"""Rules for grants. A role that `allowed.py` does not list for the member and the resource is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.grants import within
from groundwork.environment import names
from groundwork.policy.allowed import ALLOWED, CUSTOM, DATASET, ENTRIES, ENTRY, GRANTS, PERMISSIONS, PRIMITIVE
from groundwork.policy.members import CANDIDATE, DEPLOYER, FACTORY, OUTSIDE, PERSON, PROGRAM, PUBLIC, STRANGER, member_kind
from groundwork.policy.resource import Requirements, Resource, Rule, Violation, violation

CUSTOM_ROLE = "gcp:projects/iAMCustomRole:IAMCustomRole"
WAY_OUT = "grant a role that groundwork/policy/allowed.py lists, or add it there with a reason"

_ADMIN = re.compile(r"roles/.*(admin|owner)(\.v[0-9]+)?", re.IGNORECASE)
_ACTING = re.compile(r"roles/iam\.(serviceAccount(User|TokenCreator|OpenIdTokenCreator)|workloadIdentityUser)")
_POWER = re.compile(r".*\.setIamPolicy|iam\.(serviceAccountKeys|roles|serviceAccounts)\..*|.*\.(actAs|getAccessToken)")


@dataclass(frozen=True, kw_only=True)
class Grant:
    """One member's role on one resource."""

    scope: str
    """The kind of the resource: `project`, `bucket` and so on."""
    on: str
    """The name of the resource, short or in full; "" for a name that is not known yet."""
    role: str
    """"" for a role that is not known yet."""
    member: str
    """"" for a member that is not known yet: it is then an identity of the program, or a service agent that Google names."""
    computed: bool
    """Whether the member comes from a provider."""
    condition: str
    """The expression of the condition; "" for none."""


def grants(resource: Resource) -> Iterator[Grant]:
    """Yield the grants of a resource."""
    if resource.type in GRANTS:
        scope, on = GRANTS[resource.type]
        yield Grant(
            scope=scope,
            on=resource.text(on),
            role=resource.text("role"),
            member=resource.text("member"),
            computed="member" in resource.computed,
            condition=resource.text("condition.expression"),
        )
    elif resource.type == ENTRY:
        yield from _entry(resource.inputs, resource.text("dataset_id"), resource.computed)
    elif resource.type == DATASET:
        for entry in resource.at("accesses") or ():
            yield from _entry(entry, resource.text("dataset_id"), resource.computed & {"accesses"})


def _entry(entry: Any, dataset: str, computed: frozenset[str]) -> Iterator[Grant]:
    """Yield the grants of one entry of a dataset's access list; an entry for a view or a routine has no member (`views`)."""
    fields = entry if isinstance(entry, Mapping) else vars(entry)
    role = fields.get("role")
    for key, start in (("user_by_email", ""), ("group_by_email", "group:"), ("domain", "domain:"), ("iam_member", "")):
        if (address := fields.get(key)) is None:
            continue
        text = address if isinstance(address, str) else ""
        program = "serviceAccount:" if text.endswith(".gserviceaccount.com") else "user:"
        member = f"{program if key == 'user_by_email' else start}{text}" if text else ""
        yield _of_dataset(dataset, role, member, computed=bool({key, "accesses"} & computed))
    if special := fields.get("special_group"):
        public = special in {"allUsers", "allAuthenticatedUsers"}
        yield _of_dataset(dataset, role if public else "roles/editor", special if public else "", computed=False)


def _of_dataset(dataset: str, role: Any, member: str, *, computed: bool) -> Grant:
    known = ENTRIES.get(role, role) if isinstance(role, str) else ""
    return Grant(scope="dataset", on=dataset, role=known, member=member, computed=computed, condition="")


def listed(resource: Resource, requirements: Requirements) -> Iterator[Violation]:
    """Refuse every grant that is not listed, each for its most specific reason."""
    for grant in grants(resource):
        yield from _first(
            _role(resource, grant, requirements),
            _to_deployer(resource, grant, requirements),
            _member(resource, grant, requirements),
            _reach(resource, grant, requirements),
            _unlisted(resource, grant, requirements),
        )


def _first(*rules: Iterator[Violation]) -> Iterator[Violation]:
    for rule in rules:
        if violation_ := next(rule, None):
            yield violation_
            return


def _role(resource: Resource, grant: Grant, requirements: Requirements) -> Iterator[Violation]:
    """Yield a violation by the role, for any member."""
    role, kind = grant.role, member_kind(grant.member, requirements, computed=grant.computed, numbers=resource.numbers)
    if role in PRIMITIVE:
        reason = f"{role} reaches every service of the project"
        yield violation("primitive-role", resource, reason, "grant the predefined role for the task, on the one resource")
    if kind == PUBLIC:
        yield violation(
            "public-member", resource, f"{grant.member} is every user of the Internet", "name the members that need it"
        )
    if kind == DEPLOYER or (not grant.member and role in requirements.deployer_roles):
        return
    if grant.scope == "project" and _ACTING.fullmatch(role):
        reason = f"{role} on the project lets {grant.member or 'its member'} act as every identity in it"
        yield violation("impersonation-refused", resource, reason, "grant it on one service account")
    if _ADMIN.fullmatch(role) and not (grant.scope == "dataset" and not grant.member):
        reason = f"{role} lets {grant.member or 'its member'} administer a service"
        yield violation(
            "admin-role", resource, reason, "grant a role that uses the service; only the deployer administers services"
        )


def _to_deployer(resource: Resource, grant: Grant, requirements: Requirements) -> Iterator[Violation]:
    """Yield a grant that lets a member act as the deployer."""
    if grant.scope == "account" and grant.on.rpartition("/")[2] == requirements.deployer:
        reason = f"{grant.member or 'its member'} could act as the deployer, with all its roles"
        yield violation(
            "reaches-deployer", resource, reason, "remove the grant: only the deployer's trigger acts as it, after an approval"
        )


def _member(resource: Resource, grant: Grant, requirements: Requirements) -> Iterator[Violation]:
    """Yield a violation by the member, for any role."""
    if grant.member and member_kind(grant.member, requirements, computed=grant.computed, numbers=resource.numbers) == STRANGER:
        reason = (
            f"{grant.member} is neither an identity of {requirements.project}, nor a service agent, nor in the environment file"
        )
        way_out = "add people and groups to `people` in the file; take a service agent's name from its resource"
        yield violation("unknown-member", resource, reason, way_out)


def _unlisted(resource: Resource, grant: Grant, requirements: Requirements) -> Iterator[Violation]:
    """Yield a role that is not listed for the kind of member and the kind of resource."""
    role = grant.role
    if not role or role in _allowed_roles(grant, resource, requirements):
        return
    if role.startswith("organizations/") or (role.startswith("projects/") and not role.startswith(_role_prefix(requirements))):
        yield violation(
            "custom-role", resource, f"{role} is a custom role that this program does not create", "grant one that it creates"
        )
    elif role.startswith("projects/") and _may_have_custom_role(grant, resource, requirements):
        return  # a custom role of the program: `foreign_custom_roles` and `custom` check it
    elif member_kind(grant.member, requirements) == DEPLOYER:
        way_out = "grant it to the identity that needs it, or add it to the deployer's roles in stacks/platform_cd.py"
        yield violation("deployer-role", resource, f"{role} is not one of the deployer's roles", way_out)
    else:
        reason = f"{grant.member or 'its member'} may not have {role} on a {grant.scope}"
        yield violation("unknown-role", resource, reason, WAY_OUT)


def _may_have_custom_role(grant: Grant, resource: Resource, requirements: Requirements) -> bool:
    """Return whether a member may have a custom role there; a member that is not known yet is one of the program."""
    kind = member_kind(grant.member, requirements, computed=grant.computed, numbers=resource.numbers)
    return (kind, grant.scope) in CUSTOM or (not grant.member and grant.scope in {scope for _, scope in CUSTOM})


def _allowed_roles(grant: Grant, resource: Resource, requirements: Requirements) -> frozenset[str]:
    if not grant.member:  # an identity of the program
        known = frozenset().union(*(roles for (_, scope), roles in ALLOWED.items() if scope == grant.scope))
        return known | requirements.deployer_roles if grant.scope == "project" else known
    kind = member_kind(grant.member, requirements, computed=grant.computed, numbers=resource.numbers)
    if (kind, grant.scope) == (DEPLOYER, "project"):
        return requirements.deployer_roles
    return ALLOWED.get((kind, grant.scope), frozenset())


def _reach(resource: Resource, grant: Grant, requirements: Requirements) -> Iterator[Violation]:
    """Yield a grant of a listed role on a resource that its member must not reach."""
    kind = member_kind(grant.member, requirements, computed=grant.computed, numbers=resource.numbers) if grant.member else ""
    name = grant.on.rpartition("/")[2]
    if grant.scope == "account" and grant.on:
        yield from _acting(resource, grant, kind, requirements)
    elif kind == CANDIDATE and name and not _of_candidates(grant, name, requirements):
        yield violation(
            "out-of-reach", resource, f"{grant.member} would reach {name}", "give candidates a copy of their own instead"
        )
    elif kind == PROGRAM and grant.scope == "bucket" and name in _kept(requirements):
        yield violation(
            "out-of-reach", resource, f"{grant.member} would reach {name}", "remove it: it is for the factory and listed readers"
        )
    elif (kind, grant.scope, grant.role) == (PROGRAM, "project", "roles/storage.objectViewer") and not _one_bucket(grant):
        reason = f"{grant.role} on the project lets {grant.member} read every bucket"
        yield violation("out-of-reach", resource, reason, "grant it under the condition of one bucket (`within`)")


def _acting(resource: Resource, grant: Grant, kind: str, requirements: Requirements) -> Iterator[Violation]:
    """Yield a grant that lets a member act as an identity that it must not use."""
    target = grant.on.rpartition("/")[2]
    name = target.removesuffix(f"@{requirements.project}.iam.gserviceaccount.com")
    started = r"candidate-[0-9]+|.+-runner"
    fitting = {FACTORY: started, PERSON: r".+-workbench", OUTSIDE: names.CI}.get(kind, r".*" if not kind else r"(?!)")
    if not re.fullmatch(fitting, name):
        reason = f"{grant.member} could act as {target}"
        yield violation(
            "acts-as-another",
            resource,
            reason,
            "let the factory act as the identities that it starts, a person as their Workbench's identity",
        )


def _of_candidates(grant: Grant, name: str, requirements: Requirements) -> bool:
    """Return whether candidates may reach a resource of this name."""
    if grant.scope == "bucket":
        folder = f"projects/_/buckets/{name}/objects/{grant.member.partition(':')[2].partition('@')[0]}/"
        return name == names.factory_bucket(requirements.project, "candidates") and grant.condition.count(folder) == 1
    if grant.scope == "dataset":
        return name not in requirements.data
    return grant.scope != "secret" or name in requirements.secrets


def _kept(requirements: Requirements) -> frozenset[str]:
    return frozenset(f"{requirements.project}-{of}" for of in ("audit", "ledger", "logs", "records", "state"))


def _one_bucket(grant: Grant) -> bool:
    buckets = re.findall(r"buckets/([a-z0-9_-]+)", grant.condition)
    return bool(buckets) and grant.condition == within(buckets[0])


def _role_prefix(requirements: Requirements) -> str:
    return f"projects/{requirements.project}/roles/"


def custom(resource: Resource, requirements: Requirements) -> Iterator[Violation]:
    """Refuse custom roles with permissions that they may not have."""
    _ = requirements
    if resource.type != CUSTOM_ROLE:
        return
    permissions = {name for name in resource.at("permissions") or () if isinstance(name, str)}
    way_out = "remove these permissions from the role"
    if power := sorted(name for name in permissions if _POWER.fullmatch(name)):
        reason = f"holds {', '.join(power)}: a member could grant itself further permissions"
        yield violation("power-to-grant", resource, reason, way_out)
    elif unlisted := sorted(permissions - PERMISSIONS):
        yield violation("custom-role", resource, f"holds {', '.join(unlisted)}, which no custom role may hold", way_out)


def views(resource: Resource, requirements: Requirements) -> Iterator[Violation]:
    """Refuse authorised views, routines and datasets of another project."""
    entries = resource.at("accesses") or () if resource.type == DATASET else [resource.inputs] if resource.type == ENTRY else ()
    for entry in entries:
        of = entry if isinstance(entry, Mapping) else vars(entry)
        for path in ("view", "routine", "dataset"):
            named = of.get(path)
            named = named.get("dataset", named) if isinstance(named, Mapping) and path == "dataset" else named
            project = named.get("project_id") if isinstance(named, Mapping) else getattr(named, "project_id", None)
            if isinstance(project, str) and project != requirements.project:
                reason = f"a {path} of {project} would read the dataset for every user of it"
                yield violation("outside-the-project", resource, reason, "authorise views of this project only")


def foreign_custom_roles(everything: Sequence[Resource], requirements: Requirements) -> Iterator[Violation]:
    """Refuse custom roles of the project that the program does not create: their permissions are unknown."""
    own = {f"{_role_prefix(requirements)}{resource.text('role_id')}" for resource in everything if resource.type == CUSTOM_ROLE}
    for resource in everything:
        for grant in grants(resource):
            if grant.role.startswith(_role_prefix(requirements)) and grant.role not in own:
                yield violation(
                    "custom-role", resource, f"{grant.role} is a role that this program lacks", "grant one that it creates"
                )


RULES: tuple[Rule, ...] = (listed, custom, views)
