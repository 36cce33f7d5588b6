"""Organisation policies on a project: checked records. The twin says what Google would not take; it does not enforce them."""

from __future__ import annotations

from collections.abc import Iterator

from groundwork.twin.core.resource_type import Fault, Properties, ResourceType, dig, known, last

SWITCHES = frozenset({
    "compute.requireOsLogin", "compute.skipDefaultNetworkCreation", "iam.automaticIamGrantsForDefaultServiceAccounts",
    "iam.disableServiceAccountKeyCreation", "iam.disableServiceAccountKeyUpload", "storage.publicAccessPrevention",
    "storage.uniformBucketLevelAccess",
})  # fmt: skip
LISTS = frozenset({"cloudbuild.allowedWorkerPools", "compute.vmExternalIpAccess", "gcp.resourceLocations"})
"""Constraints that are on or off, and those with values
(https://cloud.google.com/resource-manager/docs/organization-policy/org-policy-constraints)."""
OF_LISTS = frozenset({"allowAll", "denyAll", "values"})


class Policy(ResourceType):
    """The rules of one constraint in one project."""

    type = "gcp:orgpolicy/policy:Policy"
    api = "orgpolicy.googleapis.com"
    required = frozenset({"name", "parent", "spec"})
    immutable = frozenset({"name", "parent"})

    def id(self, inputs: Properties) -> str:
        """Return Google's full name of it."""
        return str(inputs["name"])

    def faults(self, inputs: Properties) -> Iterator[Fault]:
        """Yield names of another place, constraints that the twin does not know, and rules that do not fit theirs.

        https://cloud.google.com/resource-manager/docs/reference/orgpolicy/rest/v2/organizations.policies#PolicyRule.
        """
        name, parent = inputs["name"], inputs["parent"]
        if not known([name, parent]):
            return
        if name != f"{parent}/policies/{last(name)}":
            yield Fault("name", f"`{name}` is not a policy of {parent}: write {parent}/policies/<constraint>")
        elif last(name) not in SWITCHES | LISTS:
            yield Fault("name", f"the twin does not know {last(name)}; it knows {', '.join(sorted(SWITCHES | LISTS))}")
        else:
            yield from self._rules(last(name), inputs)

    def _rules(self, constraint: str, inputs: Properties) -> Iterator[Fault]:
        fitting = frozenset({"enforce"}) if constraint in SWITCHES else OF_LISTS
        rules = dig(inputs, "spec").get("rules") or [] if known(inputs["spec"]) else [{"enforce": "", "values": ""}]
        if not rules:
            yield Fault("spec", f"{constraint} has no rule: it would say nothing")
        for rule in rules:
            if not fitting & set(rule):
                yield Fault("spec", f"a rule of {constraint} says one of {', '.join(sorted(fitting))}")
