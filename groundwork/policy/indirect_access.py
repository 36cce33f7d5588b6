"""Rules for what gives power without a grant: triggers, who is let in from outside, and what watches over all of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from components.build_trigger import COMMENTED
from components.federation import ISSUER
from groundwork.google.inline_values import asked
from groundwork.policy.resource import Demands, Finding, Made, Rule, finding

TRIGGER = "gcp:cloudbuild/trigger:Trigger"
PROVIDER = "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider"
AUDIT = "gcp:projects/iAMAuditConfig:IAMAuditConfig"
GUARDRAIL = "gcp:orgpolicy/policy:Policy"

_EVENTS = frozenset({"_BASE_BRANCH", "_HEAD_BRANCH", "_HEAD_REPO_URL", "_PR_NUMBER"})
_BOUND = re.compile(r"\$\(body\.message\.attributes\.[a-z_]+\)")
_LOGGED = frozenset({"ADMIN_READ", "DATA_READ", "DATA_WRITE"})
_INLINE = ("filename", "git_file_source", "source_to_build")


def account(made: Made, demands: Demands) -> Iterator[Finding]:
    """Refuse triggers without an identity of their own, and those that run as the deployer but for the lane's."""
    if made.type != TRIGGER:
        return
    if not made.has("service_account"):
        reason = "its builds would run as Cloud Build's own identity, which is shared"
        yield finding("trigger-account", made, reason, "give it the service_account of the one task")
    elif made.text("service_account").rpartition("/")[2] == demands.deployer and not _change_scopes(made, demands):
        reason = "its builds would run as the deployer"
        way_out = "nothing does but merges into the lane's branch, each after an approval (`platform_cd`)"
        yield finding("reaches-deployer", made, reason, way_out)


def _change_scopes(made: Made, demands: Demands) -> bool:
    approved, branch = made.at("approval_config.approval_required") is True, made.text("repository_event_config.push.branch")
    inverted = made.at("repository_event_config.push.invert_regex") is True
    return demands.changes is not None and approved and branch == demands.changes and not inverted


def build(made: Made, demands: Demands) -> Iterator[Finding]:
    """Refuse triggers whose build a push could write, or whoever runs them could change.

    What is not known yet has been written by the program: only a caller's values come later.
    """
    _ = demands
    if made.type != TRIGGER:
        return
    given = [name for name in _INLINE if made.has(name)]
    if given or not made.has("build"):
        reason = f"takes its build from {', '.join(given) or 'nowhere'}: whoever can push there writes it"
        yield finding("trigger-build", made, reason, "give it the whole build, inline")
        return
    substitutions = made.at("substitutions") or {}
    free = {name for name, value in substitutions.items() if isinstance(value, str) and not _BOUND.fullmatch(value)}
    wanted = asked(made.given["build"]) - _EVENTS - (set(substitutions) - free)
    if strange := sorted(free | wanted):
        reason = f"whoever runs it may give {', '.join(strange)} another value"
        yield finding("trigger-build", made, reason, "fill it in (`BuildFile.fill`)")
    elif loose := sorted(each for each in made.every("build.steps.name") if isinstance(each, str) and "@sha256:" not in each):
        yield finding("trigger-build", made, f"{loose[0]} can be moved to another image", "name the image by its digest")


def pulls(made: Made, demands: Demands) -> Iterator[Finding]:
    """Refuse triggers that a stranger's pull request would start."""
    _ = demands
    control = made.text("repository_event_config.pull_request.comment_control")
    if made.type == TRIGGER and made.has("repository_event_config.pull_request") and control != COMMENTED:
        reason = "a pull request starts it before anybody who may write to the repository has asked for that"
        yield finding("trigger-pulls", made, reason, f"set comment_control to {COMMENTED}")


def provider(made: Made, demands: Demands) -> Iterator[Finding]:
    """Refuse providers of a pool that take other tokens than the environment's file says."""
    if made.type != PROVIDER or made.unknown("attribute_condition"):
        return
    wanted, given = demands.condition, made.text("attribute_condition")
    if wanted is None or given != wanted or made.text("oidc.issuer_uri") != ISSUER:
        reason = f"takes tokens under `{given or 'no condition'}`"
        yield finding("open-provider", made, reason, "take pushes to the branches of `federation` alone, by the component")


def audit(made: Made, demands: Demands) -> Iterator[Finding]:
    """Refuse whatever makes the audit log less than whole."""
    _ = demands
    if made.type == AUDIT:
        logged = {each for each in made.every("audit_log_configs.log_type") if isinstance(each, str)}
        exempted = [each for each in made.every("audit_log_configs.exempted_members") if each]
        if exempted or logged != _LOGGED or made.text("service") != "allServices":
            reason = "would leave something out of the audit log"
            yield finding("audit-config", made, reason, "log every kind, of all services, of everybody")
    if made.type == GUARDRAIL and (
        [each for each in made.every("spec.rules.enforce") if str(each).upper() == "FALSE"]
        or [each for each in made.every("spec.rules.allow_all") if str(each).upper() == "TRUE"]
        or made.at("spec.reset") is True
    ):
        yield finding(
            "guardrail-off", made, "takes a rule of the organisation's back", "leave the rule, or have the organisation decide"
        )


RULES: tuple[Rule, ...] = (account, build, pulls, provider, audit)
