"""Rules for every identity in a project: organisation policies, the audit log, and default accounts without roles.

Owns the organisation policies of the project, the audit configuration of all services, and the removal of the roles of Google's
default service accounts. Does not own the policies of the organisation or of a folder: a stricter rule there stays in force.
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
"""The constraints are described in
https://cloud.google.com/resource-manager/docs/organization-policy/org-policy-constraints."""

_READ_AND_WRITTEN = ("ADMIN_READ", "DATA_READ", "DATA_WRITE")


@dataclass(frozen=True, kw_only=True)
class GuardrailsArgs:
    """The rules of one project."""

    project: str
    """The project's id."""

    region: str
    """The only permitted region of resources with a location, enforced with `organization_policies`."""

    organization_policies: bool = False
    """Set organisation policies on the project. It must belong to an organisation, and `up` needs permission to set them
    there."""

    audit_data_access: bool = False
    """Log each read and write of data, in addition to the changes of resources that Google always logs. Google charges for
    them."""

    keep_default_accounts: bool = False
    """Keep the roles that Google grants to its default service accounts."""


class Guardrails(pulumi.ComponentResource):
    """Rules that no grant can override.

    The audit configuration is the only authoritative resource, and only for the entry `allServices`. It is a separate part of the
    IAM policy without members and roles, so it cannot remove Google's grants to its agents
    (https://cloud.google.com/logging/docs/audit/configure-data-access#config-api).

    Default accounts lose their roles but are not deleted: some products need them
    (https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/google_project_default_service_accounts).
    In an organisation, its policy on automatic grants is better, but it applies only to accounts that are created later
    (https://cloud.google.com/iam/docs/service-account-types#default), so the component uses both.

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
                audit_log_configs=[{"log_type": log_type} for log_type in _READ_AND_WRITTEN],
                opts=child,
            )

        self.register_outputs({})


def _within(region: str) -> gcp.orgpolicy.PolicySpecRuleArgsDict:
    """Return the rule that allows only one region and its zones.

    It does not apply to global resources and to resources without a location
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
