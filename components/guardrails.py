"""What holds in a project whoever acts in it: rules of the organisation, the audit log, no rights that nobody gave.

Owns the project's own organisation policies, the audit configuration for all services together, and that Google's default
service accounts have no role. Does not own what the organisation or a folder above says: a rule that is stricter there stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

_RULES: Mapping[str, gcp.orgpolicy.PolicySpecRuleArgsDict] = {
    "compute.vmExternalIpAccess": {"deny_all": "TRUE"},
    "iam.automaticIamGrantsForDefaultServiceAccounts": {"enforce": "TRUE"},
    "iam.disableServiceAccountKeyCreation": {"enforce": "TRUE"},
    "storage.publicAccessPrevention": {"enforce": "TRUE"},
    "storage.uniformBucketLevelAccess": {"enforce": "TRUE"},
}
"""https://cloud.google.com/resource-manager/docs/organization-policy/org-policy-constraints tells what each forbids."""

_READ_AND_WRITTEN = ("ADMIN_READ", "DATA_READ", "DATA_WRITE")


@dataclass(frozen=True, kw_only=True)
class GuardrailsArgs:
    """The rules of one project."""

    project: str
    """The project's id."""

    region: str
    """Where everything is: with `organization_policies`, what has a location is made there or nowhere."""

    organization_policies: bool = False
    """Set organisation policies on the project; it has to be in an organisation, and `up` needs the right to set them there."""

    audit_data_access: bool = False
    """Log who reads and writes data, beside who changes what, which Google always logs. Such logs are paid for."""

    keep_default_accounts: bool = False
    """Leave Google's default service accounts the roles that Google gave them."""


class Guardrails(pulumi.ComponentResource):
    """Rules that no grant rolls back.

    The audit configuration is the one authoritative thing, for the entry `allServices` alone: it is a part of the policy of
    its own, which holds no member and no role, so nothing that Google grants to its agents can be lost with it
    (https://cloud.google.com/logging/docs/audit/configure-data-access#config-api).

    Default accounts lose their roles, but stay: some products need them to exist
    (https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/google_project_default_service_accounts).
    The organisation's rule about automatic grants is the better way where there is an organisation, and reaches only accounts
    that come later (https://cloud.google.com/iam/docs/service-account-types#default): so both.

    Produces `<name>-default-accounts` (gcp.projects.DefaultServiceAccounts), `<name>-audit` (gcp.projects.IAMAuditConfig) and
    `<name>-<constraint>` (gcp.orgpolicy.Policy) per rule.
    """

    def __init__(self, name: str, args: GuardrailsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:projects:Guardrails", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)

        if args.organization_policies:
            for constraint, rule in {**_RULES, "gcp.resourceLocations": _within(args.region)}.items():
                _policy(name, constraint, rule, args.project, child)
        if not args.keep_default_accounts:
            gcp.projects.DefaultServiceAccounts(
                f"{name}-default-accounts",
                project=args.project,
                action="DEPRIVILEGE",
                restore_policy="REVERT",
                opts=child,
            )
        if args.audit_data_access:
            gcp.projects.IAMAuditConfig(
                f"{name}-audit",
                project=args.project,
                service="allServices",
                audit_log_configs=[{"log_type": kind} for kind in _READ_AND_WRITTEN],
                opts=child,
            )

        self.register_outputs({})


def _within(region: str) -> gcp.orgpolicy.PolicySpecRuleArgsDict:
    """Allow a region with its zones.

    What is global or knows no location is not concerned
    (https://cloud.google.com/resource-manager/docs/organization-policy/defining-locations#value_groups).
    """
    return {"values": {"allowed_values": [f"in:{region}-locations"]}}


def _policy(
    name: str, constraint: str, rule: gcp.orgpolicy.PolicySpecRuleArgsDict, project: str, opts: pulumi.ResourceOptions
) -> None:
    gcp.orgpolicy.Policy(
        f"{name}-{constraint}",
        name=f"projects/{project}/policies/{constraint}",
        parent=f"projects/{project}",
        spec={"rules": [rule]},
        opts=opts,
    )
