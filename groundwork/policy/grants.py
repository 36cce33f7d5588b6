"""Rules for grants: who gets what, on what. What nobody has listed is refused, whoever gets it and by whatever resource."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.grants import within
from groundwork.environment import names
from groundwork.policy.allowed import ALLOWED, CUSTOM, DATASET, ENTRIES, ENTRY, GRANTS, PERMISSIONS, PRIMITIVE
from groundwork.policy.members import CANDIDATE, DEPLOYER, FACTORY, OUTSIDE, PERSON, PROGRAM, PUBLIC, STRANGER, kind
from groundwork.policy.resource import Demands, Finding, Made, Rule, finding

CUSTOM_ROLE = "gcp:projects/iAMCustomRole:IAMCustomRole"
WAY_OUT = "grant what groundwork/policy/allowed.py lists, or, with a reason, put it there"

_ADMIN = re.compile(r"roles/.*(admin|owner)(\.v[0-9]+)?", re.IGNORECASE)
_ACTING = re.compile(r"roles/iam\.(serviceAccount(User|TokenCreator|OpenIdTokenCreator)|workloadIdentityUser)")
_POWER = re.compile(r".*\.setIamPolicy|iam\.(serviceAccountKeys|roles|serviceAccounts)\..*|.*\.(actAs|getAccessToken)")


@dataclass(frozen=True, kw_only=True)
class Grant:
    """One member's role on one thing."""

    place: str
    """Of what kind that is: `project`, `bucket` and so on."""
    on: str
    """Its name, short or in full; "" while it is not known."""
    role: str
    """"" while it is not known."""
    member: str
    """"" while it is not known: it is an identity of the program's then, or an agent that Google names."""
    computed: bool
    """Whether the member comes from a provider."""
    condition: str
    """"" for none."""


def grants(made: Made) -> Iterator[Grant]:
    """Yield what a resource grants."""
    if made.type in GRANTS:
        place, on = GRANTS[made.type]
        yield Grant(
            place=place,
            on=made.text(on),
            role=made.text("role"),
            member=made.text("member"),
            computed="member" in made.computed,
            condition=made.text("condition.expression"),
        )
    elif made.type == ENTRY:
        yield from _entry(made.given, made.text("dataset_id"), made.computed)
    elif made.type == DATASET:
        for each in made.at("accesses") or ():
            yield from _entry(each, made.text("dataset_id"), made.computed & {"accesses"})


def _entry(given: Any, dataset: str, computed: frozenset[str]) -> Iterator[Grant]:
    """Yield what one entry of a dataset's own list grants; one for a view or a routine has no member (`views`)."""
    of = given if isinstance(given, Mapping) else vars(given)
    role = of.get("role")
    for key, start in (("user_by_email", ""), ("group_by_email", "group:"), ("domain", "domain:"), ("iam_member", "")):
        if (who := of.get(key)) is None:
            continue
        text = who if isinstance(who, str) else ""
        program = "serviceAccount:" if text.endswith(".gserviceaccount.com") else "user:"
        member = f"{program if key == 'user_by_email' else start}{text}" if text else ""
        yield _of_dataset(dataset, role, member, computed=bool({key, "accesses"} & computed))
    if special := of.get("special_group"):
        everybody = special in {"allUsers", "allAuthenticatedUsers"}
        yield _of_dataset(dataset, role if everybody else "roles/editor", special if everybody else "", computed=False)


def _of_dataset(dataset: str, role: Any, member: str, *, computed: bool) -> Grant:
    known = ENTRIES.get(role, role) if isinstance(role, str) else ""
    return Grant(place="dataset", on=dataset, role=known, member=member, computed=computed, condition="")


def listed(made: Made, demands: Demands) -> Iterator[Finding]:
    """Refuse every grant that is not on the list; each for the one reason that tells most."""
    for grant in grants(made):
        yield from _first(
            _role(made, grant, demands),
            _to_deployer(made, grant, demands),
            _member(made, grant, demands),
            _reach(made, grant, demands),
            _unlisted(made, grant, demands),
        )


def _first(*rules: Iterator[Finding]) -> Iterator[Finding]:
    for rule in rules:
        if found := next(rule, None):
            yield found
            return


def _role(made: Made, grant: Grant, demands: Demands) -> Iterator[Finding]:
    """Yield what is wrong with a role whoever gets it."""
    role, who = grant.role, kind(grant.member, demands, computed=grant.computed, numbers=made.numbers)
    if role in PRIMITIVE:
        reason = f"{role} reaches every service of the project"
        yield finding("primitive-role", made, reason, "grant the predefined role of the one task, on the one resource")
    if who == PUBLIC:
        yield finding("public-member", made, f"{grant.member} is everybody on the Internet", "name who needs it")
    if who == DEPLOYER or (not grant.member and role in demands.deployer_roles):
        return
    if grant.place == "project" and _ACTING.fullmatch(role):
        reason = f"{role} on the project lets {grant.member or 'its member'} act as every identity in it"
        yield finding("acts-as-anybody", made, reason, "grant it on the one service account that is meant")
    if _ADMIN.fullmatch(role) and not (grant.place == "dataset" and not grant.member):
        reason = f"{role} lets {grant.member or 'its member'} administer a service"
        yield finding("admin-role", made, reason, "grant a role that uses the service; administration is the deployer's")


def _to_deployer(made: Made, grant: Grant, demands: Demands) -> Iterator[Finding]:
    """Yield whoever could act as the deployer."""
    if grant.place == "account" and grant.on.rpartition("/")[2] == demands.deployer:
        reason = f"{grant.member or 'its member'} could act as the deployer, and so do everything"
        yield finding("reaches-deployer", made, reason, "nobody acts as the deployer but its trigger, after an approval")


def _member(made: Made, grant: Grant, demands: Demands) -> Iterator[Finding]:
    """Yield what is wrong with a member whatever it gets."""
    if grant.member and kind(grant.member, demands, computed=grant.computed, numbers=made.numbers) == STRANGER:
        reason = f"{grant.member} is no identity of {demands.project}, no agent of Google's, and nobody in the environment's file"
        way_out = "name people and groups in the file's `people`; take an agent's name from Google's own resource"
        yield finding("unknown-member", made, reason, way_out)


def _unlisted(made: Made, grant: Grant, demands: Demands) -> Iterator[Finding]:
    """Yield a role that is not on the list of that member's kind and that place."""
    role = grant.role
    if not role or role in _listed(grant, made, demands):
        return
    if role.startswith("organizations/") or (role.startswith("projects/") and not role.startswith(_own(demands))):
        yield finding("custom-role", made, f"{role} is a role that this program does not make", "grant one that it makes")
    elif role.startswith("projects/") and _may_have_own(grant, made, demands):
        return  # a role of the program's own: `made_here` and `custom` look at it
    elif kind(grant.member, demands) == DEPLOYER:
        way_out = "grant it to the identity that needs it, or put it on the deployer's list in stacks/platform_cd.py"
        yield finding("deployer-role", made, f"{role} is not on the deployer's list", way_out)
    else:
        reason = f"{role} on a {grant.place} is no role that {grant.member or 'its member'} may have"
        yield finding("unknown-role", made, reason, WAY_OUT)


def _may_have_own(grant: Grant, made: Made, demands: Demands) -> bool:
    """Return whether a member may have a role of the program's own there; one that is not known yet is of the program's."""
    who = kind(grant.member, demands, computed=grant.computed, numbers=made.numbers)
    return (who, grant.place) in CUSTOM or (not grant.member and grant.place in {place for _, place in CUSTOM})


def _listed(grant: Grant, made: Made, demands: Demands) -> frozenset[str]:
    if not grant.member:  # whoever it is, it is somebody of the program's
        known = frozenset().union(*(roles for (_, place), roles in ALLOWED.items() if place == grant.place))
        return known | demands.deployer_roles if grant.place == "project" else known
    who = kind(grant.member, demands, computed=grant.computed, numbers=made.numbers)
    if (who, grant.place) == (DEPLOYER, "project"):
        return demands.deployer_roles
    return ALLOWED.get((who, grant.place), frozenset())


def _reach(made: Made, grant: Grant, demands: Demands) -> Iterator[Finding]:
    """Yield a grant whose role is one that its member may have, and not on this."""
    who = kind(grant.member, demands, computed=grant.computed, numbers=made.numbers) if grant.member else ""
    name = grant.on.rpartition("/")[2]
    if grant.place == "account" and grant.on:
        yield from _acting(made, grant, who, demands)
    elif who == CANDIDATE and name and not _of_candidates(grant, name, demands):
        yield finding(
            "out-of-reach", made, f"{grant.member} would reach {name}", "no candidate may: let it have a copy of its own"
        )
    elif who == PROGRAM and grant.place == "bucket" and name in _kept(demands):
        yield finding("out-of-reach", made, f"{grant.member} would reach {name}", "the factory alone does, and who reads it")
    elif (who, grant.place, grant.role) == (PROGRAM, "project", "roles/storage.objectViewer") and not _one_bucket(grant):
        reason = f"{grant.role} on the project lets {grant.member} read every bucket"
        yield finding("out-of-reach", made, reason, "grant it under the condition of one bucket (`within`)")


def _acting(made: Made, grant: Grant, who: str, demands: Demands) -> Iterator[Finding]:
    """Yield whoever may act as an identity that is none of theirs."""
    target = grant.on.rpartition("/")[2]
    name = target.removesuffix(f"@{demands.project}.iam.gserviceaccount.com")
    started = r"candidate-[0-9]+|.+-runner"
    fitting = {FACTORY: started, PERSON: r".+-workbench", OUTSIDE: names.CI}.get(who, r".*" if not who else r"(?!)")
    if not re.fullmatch(fitting, name):
        reason = f"{grant.member} could act as {target}"
        yield finding(
            "acts-as-another", made, reason, "the factory acts as those it starts, a person as their Workbench's identity"
        )


def _of_candidates(grant: Grant, name: str, demands: Demands) -> bool:
    """Return whether candidates may reach something of this name."""
    if grant.place == "bucket":
        folder = f"projects/_/buckets/{name}/objects/{grant.member.partition(':')[2].partition('@')[0]}/"
        return name == names.factory_bucket(demands.project, "candidates") and grant.condition.count(folder) == 1
    if grant.place == "dataset":
        return name not in demands.data
    return grant.place != "secret" or name in demands.secrets


def _kept(demands: Demands) -> frozenset[str]:
    return frozenset(f"{demands.project}-{of}" for of in ("audit", "ledger", "logs", "records", "state"))


def _one_bucket(grant: Grant) -> bool:
    found = re.findall(r"buckets/([a-z0-9_-]+)", grant.condition)
    return bool(found) and grant.condition == within(found[0])


def _own(demands: Demands) -> str:
    return f"projects/{demands.project}/roles/"


def custom(made: Made, demands: Demands) -> Iterator[Finding]:
    """Refuse roles of the program's own that hold more than such a role may."""
    _ = demands
    if made.type != CUSTOM_ROLE:
        return
    permissions = {name for name in made.at("permissions") or () if isinstance(name, str)}
    way_out = "take these out of the role"
    if power := sorted(name for name in permissions if _POWER.fullmatch(name)):
        reason = f"holds {', '.join(power)}: whoever has it could give itself the rest"
        yield finding("power-to-grant", made, reason, way_out)
    elif unlisted := sorted(permissions - PERMISSIONS):
        yield finding("custom-role", made, f"holds {', '.join(unlisted)}, which no role of the program's own may", way_out)


def views(made: Made, demands: Demands) -> Iterator[Finding]:
    """Refuse views, routines and datasets of another project that would read a dataset whoever asks them."""
    entries = made.at("accesses") or () if made.type == DATASET else [made.given] if made.type == ENTRY else ()
    for entry in entries:
        of = entry if isinstance(entry, Mapping) else vars(entry)
        for path in ("view", "routine", "dataset"):
            named = of.get(path)
            named = named.get("dataset", named) if isinstance(named, Mapping) and path == "dataset" else named
            project = named.get("project_id") if isinstance(named, Mapping) else getattr(named, "project_id", None)
            if isinstance(project, str) and project != demands.project:
                reason = f"a {path} of {project} would read the dataset whoever asks it"
                yield finding("outside-the-project", made, reason, "authorise views of this project's own")


def made_here(everything: Sequence[Made], demands: Demands) -> Iterator[Finding]:
    """Refuse roles of the project's that are not the program's: nobody here has seen what is in them."""
    own = {f"{_own(demands)}{made.text('role_id')}" for made in everything if made.type == CUSTOM_ROLE}
    for made in everything:
        for grant in grants(made):
            if grant.role.startswith(_own(demands)) and grant.role not in own:
                yield finding(
                    "custom-role", made, f"{grant.role} is a role that this program does not make", "grant one that it makes"
                )


RULES: tuple[Rule, ...] = (listed, custom, views)
