"""Rules for access without a grant: triggers, federation, the audit log and organisation policies."""

from __future__ import annotations

import re
from collections.abc import Iterator

from components.build_trigger import COMMENTED
from components.federation import ISSUER
from groundwork.google.substitutions import user_names
from groundwork.policy.resource import Requirements, Resource, Rule, Violation, violation

TRIGGER = "gcp:cloudbuild/trigger:Trigger"
PROVIDER = "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider"
AUDIT = "gcp:projects/iAMAuditConfig:IAMAuditConfig"
GUARDRAIL = "gcp:orgpolicy/policy:Policy"

_EVENTS = frozenset({"_BASE_BRANCH", "_HEAD_BRANCH", "_HEAD_REPO_URL", "_PR_NUMBER"})
_BOUND = re.compile(r"\$\(body\.message\.attributes\.[a-z_]+\)")
_LOGGED = frozenset({"ADMIN_READ", "DATA_READ", "DATA_WRITE"})
_INLINE = ("filename", "git_file_source", "source_to_build")


def account(resource: Resource, requirements: Requirements) -> Iterator[Violation]:
    """Refuse triggers without an identity of their own, and those that run as the deployer outside platform CD."""
    if resource.type != TRIGGER:
        return
    if not resource.has("service_account"):
        reason = "its builds would run as Cloud Build's own identity, which is shared"
        yield violation("trigger-account", resource, reason, "set service_account to the identity of the task")
    elif resource.text("service_account").rpartition("/")[2] == requirements.deployer and not _deploys(resource, requirements):
        reason = "its builds would run as the deployer"
        way_out = "leave it to the trigger of `platform_cd`: a merge into its branch, after an approval"
        yield violation("reaches-deployer", resource, reason, way_out)


def _deploys(resource: Resource, requirements: Requirements) -> bool:
    """Return whether it is the trigger of platform CD that runs `up` after an approval."""
    approved = resource.at("approval_config.approval_required") is True
    branch = resource.text("repository_event_config.push.branch")
    inverted = resource.at("repository_event_config.push.invert_regex") is True
    return requirements.changes is not None and approved and branch == requirements.changes and not inverted


def build(resource: Resource, requirements: Requirements) -> Iterator[Violation]:
    """Refuse triggers with a build that a push, or the caller, could change.

    Values that are not known yet come from the program; only a caller's values come later.
    """
    _ = requirements
    if resource.type != TRIGGER:
        return
    external = [name for name in _INLINE if resource.has(name)]
    if external or not resource.has("build"):
        reason = f"takes its build from {', '.join(external) or 'no field'}: a push there could change it"
        yield violation("trigger-build", resource, reason, "set the whole build inline")
        return
    substitutions = resource.at("substitutions") or {}
    free = {name for name, value in substitutions.items() if isinstance(value, str) and not _BOUND.fullmatch(value)}
    required = user_names(resource.inputs["build"]) - _EVENTS - (set(substitutions) - free)
    if strange := sorted(free | required):
        reason = f"a caller may set {', '.join(strange)} to another value"
        yield violation("trigger-build", resource, reason, "fill it in (`BuildFile.fill`)")
    elif loose := sorted(name for name in resource.every("build.steps.name") if isinstance(name, str) and "@sha256:" not in name):
        yield violation("trigger-build", resource, f"{loose[0]} can be moved to another image", "name the image by its digest")


def pulls(resource: Resource, requirements: Requirements) -> Iterator[Violation]:
    """Refuse triggers that a pull request from outside the organisation would start."""
    _ = requirements
    control = resource.text("repository_event_config.pull_request.comment_control")
    if resource.type == TRIGGER and resource.has("repository_event_config.pull_request") and control != COMMENTED:
        reason = "a pull request starts it without a comment of a person with write access to the repository"
        yield violation("trigger-pulls", resource, reason, f"set comment_control to {COMMENTED}")


def provider(resource: Resource, requirements: Requirements) -> Iterator[Violation]:
    """Refuse providers of a pool that accept other tokens than the environment file allows."""
    if resource.type != PROVIDER or resource.unknown("attribute_condition"):
        return
    required, condition = requirements.condition, resource.text("attribute_condition")
    if required is None or condition != required or resource.text("oidc.issuer_uri") != ISSUER:
        reason = f"accepts tokens under `{condition or 'no condition'}`"
        yield violation("open-provider", resource, reason, "use the component: it accepts only the branches of `federation`")


def audit(resource: Resource, requirements: Requirements) -> Iterator[Violation]:
    """Refuse gaps in the audit log, and organisation policies that are switched off."""
    _ = requirements
    if resource.type == AUDIT:
        logged = {type_ for type_ in resource.every("audit_log_configs.log_type") if isinstance(type_, str)}
        exempted = [member for member in resource.every("audit_log_configs.exempted_members") if member]
        if exempted or logged != _LOGGED or resource.text("service") != "allServices":
            reason = "would leave entries out of the audit log"
            yield violation("audit-config", resource, reason, "log every type, of all services, without exempted members")
    if resource.type == GUARDRAIL and (
        [value for value in resource.every("spec.rules.enforce") if str(value).upper() == "FALSE"]
        or [value for value in resource.every("spec.rules.allow_all") if str(value).upper() == "TRUE"]
        or resource.at("spec.reset") is True
    ):
        reason = "switches an organisation policy off"
        yield violation("guardrail-off", resource, reason, "remove it, or ask the organisation's administrators")


RULES: tuple[Rule, ...] = (account, build, pulls, provider, audit)
