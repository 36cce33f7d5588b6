"""Rules for grants: who gets what, one at a time and summed up over everything that an identity is granted.

Identities are service accounts: those that build, run, judge and serve. The environment's deployer is the one exception; its
roles are a list in `stacks/platform_lane.py`. Google's own agents (`…@gcp-sa-….iam.gserviceaccount.com`) are Google's.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

import pulumi

from groundwork.twin.services.roles import ROLES
from stacks.policy.made import Demands, Finding, Made, Rule, finding

PRIMITIVE = frozenset({"roles/owner", "roles/editor", "roles/viewer", "roles/browser"})
EVERYBODY = frozenset({"allUsers", "allAuthenticatedUsers"})
ACTING = frozenset({"iam.serviceAccounts.actAs", "iam.serviceAccounts.getAccessToken", "iam.serviceAccounts.implicitDelegation"})
CUSTOM_ROLE = "gcp:projects/iAMCustomRole:IAMCustomRole"
ON_PROJECT = "gcp:projects/iAMMember:IAMMember"

_ADMIN = re.compile(r"roles/.*admin", re.IGNORECASE)
_FORBIDDEN = re.compile(r".*\.setIamPolicy|iam\.serviceAccountKeys\.(create|upload)|iam\.roles\.(create|update)")


def primitive(made: Made, demands: Demands) -> Iterator[Finding]:
    """Refuse the roles from before there were roles, whoever gets them."""
    _ = demands
    if made.text("role") in PRIMITIVE:
        reason = f"{made.text('role')} reaches every service of the project"
        yield finding("primitive-role", made, reason, "grant the predefined role of the one task, on the one resource")


def public(made: Made, demands: Demands) -> Iterator[Finding]:
    """Refuse what is granted to everybody."""
    _ = demands
    if made.text("member") in EVERYBODY:
        yield finding("public-member", made, f"{made.text('member')} is everybody on the Internet", "name who needs it")


def admin(made: Made, demands: Demands) -> Iterator[Finding]:
    """Refuse administrators' roles to everybody but the deployer, people included: they administer by a merge."""
    computed = isinstance(made.given.get("member"), pulumi.Output)  # and known when it is judged again
    if _ADMIN.fullmatch(made.text("role")) and not computed and not _exempt(made.text("member"), demands):
        reason = f"{made.text('role')} lets {made.text('member') or 'its member'} administer a service"
        yield finding("admin-role", made, reason, "grant a role that uses the service; administration is the deployer's")


def deployer(made: Made, demands: Demands) -> Iterator[Finding]:
    """Refuse roles of the deployer that are not on its list."""
    if made.text("member") == f"serviceAccount:{demands.deployer}" and made.text("role") not in demands.deployer_roles:
        way_out = "grant it to the identity that needs it, or put it on the deployer's list in stacks/platform_lane.py"
        yield finding("deployer-role", made, f"{made.text('role')} is not on the deployer's list", way_out)


def unknown(made: Made, demands: Demands) -> Iterator[Finding]:
    """Refuse predefined roles of identities whose permissions nobody wrote down: what cannot be expanded cannot be judged."""
    role, member = made.text("role"), made.text("member")
    judged = member.startswith("serviceAccount:") and not _exempt(member, demands)
    if judged and role.startswith("roles/") and role not in ROLES and role not in PRIMITIVE and not _ADMIN.fullmatch(role):
        way_out = "add it with its permissions to groundwork/twin/services/roles.py, or grant one that is there"
        yield finding("unknown-role", made, f"nobody has written down what {role} allows", way_out)


def powers(everything: Iterable[Made], demands: Demands) -> Iterator[Finding]:
    """Refuse what makes an identity more than it is, by the permissions of all its roles, the program's own ones included."""
    everything = list(everything)
    own = dict(_custom(everything))
    for member, grants in _held(everything, demands).items():
        for made in grants:
            permissions = own.get(made.text("role").rpartition("/")[2]) or expanded(made.text("role"))
            found = sorted(name for name in permissions if _FORBIDDEN.fullmatch(name))
            if found and not _ADMIN.fullmatch(made.text("role")):  # which is told already
                reason = f"{made.text('role')} gives {member} {', '.join(found)}: it could give itself the rest"
                yield finding("power-to-grant", made, reason, "take these out of the role, or grant a role without them")
            if made.type == ON_PROJECT and (acting := sorted(permissions & ACTING)):
                reason = f"{made.text('role')} on the project lets {member} act as every identity in it ({', '.join(acting)})"
                yield finding("acts-as-anybody", made, reason, "grant it on the one service account that is meant")


def expanded(role: str) -> frozenset[str]:
    """Return the permissions of a predefined role; none for one that the table does not have."""
    return ROLES[role].permissions if role in ROLES else frozenset()


def _custom(everything: Iterable[Made]) -> Iterator[tuple[str, frozenset[str]]]:
    for made in everything:
        if made.type == CUSTOM_ROLE:
            yield made.text("role_id"), frozenset(name for name in made.at("permissions") or () if isinstance(name, str))


def _held(everything: Iterable[Made], demands: Demands) -> Mapping[str, list[Made]]:
    """Return the grants of each identity that is judged."""
    held: dict[str, list[Made]] = defaultdict(list)
    for made in everything:
        member = made.text("member")
        if made.text("role") and member.startswith("serviceAccount:") and not _exempt(member, demands):
            held[member].append(made)
    return held


def _exempt(member: str, demands: Demands) -> bool:
    return member == f"serviceAccount:{demands.deployer}" or "@gcp-sa-" in member


RULES: tuple[Rule, ...] = (primitive, public, admin, deployer, unknown)
