"""Google's rules for pools and providers, and for what was deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.unit.twin.conftest import Cloud

POOL, PROVIDER = "workloadIdentityPool:WorkloadIdentityPool", "workloadIdentityPoolProvider:WorkloadIdentityPoolProvider"
MEMBER = "serviceaccount/iAMMember:IAMMember"
OURS = {"workloadIdentityPoolId": "outside-ci"}
GITHUB = "https://token.actions.githubusercontent.com"


def provider(**given: Any) -> dict[str, Any]:
    rules = {"attributeMapping": {"google.subject": "assertion.sub"}, "attributeCondition": "assertion.repository == 'a/b'"}
    return {**OURS, "workloadIdentityPoolProviderId": "github", "oidc": {"issuerUri": GITHUB}, **rules, **given}


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"attributeCondition": None}, "has many tenants"),
        ({"attributeCondition": "true"}, "has many tenants"),
        ({"attributeCondition": "assertion.a" * 400}, "4096 characters at most"),
        ({"attributeMapping": {"attribute.a": "assertion.a"}}, "`google.subject` has to be mapped"),
        ({"attributeMapping": {"google.subject": "assertion.sub", "repository": "a"}}, "`repository` cannot be mapped"),
        ({"oidc": {"issuerUri": "http://issuer.example"}}, "is an https address"),
        ({"oidc": {"issuerUri": GITHUB, "jwksJson": "{}"}}, "does not know jwksJson"),
        ({"oidc": {"issuerUri": GITHUB, "allowedAudiences": ["a"] * 11}}, "10 audiences at most"),
        ({"workloadIdentityPoolProviderId": "gcp-github"}, "not a valid workloadIdentityPoolProviderId"),
    ],
)
def test_a_provider_that_google_would_refuse_is_refused(cloud: Cloud, given: dict[str, Any], why: str) -> None:
    (fault,) = cloud.faults(PROVIDER, **provider(**given))
    assert why in fault


def test_a_provider_is_in_a_pool_that_exists(cloud: Cloud) -> None:
    assert "does not exist" in cloud.refused(PROVIDER, **provider())
    cloud.make(POOL, **OURS)
    cloud.make(PROVIDER, **provider())


def test_what_is_deleted_keeps_its_name(cloud: Cloud) -> None:
    pool = cloud.make(POOL, **OURS)
    cloud.delete(POOL, pool)

    assert cloud.read(POOL, pool) is None
    assert "for 30 days; give this one another name" in cloud.refused(POOL, **OURS)
    cloud.make(POOL, workloadIdentityPoolId="outside-ci-2")


def test_only_those_of_a_pool_that_exists_may_become_an_account(cloud: Cloud) -> None:
    cloud.account("ci-reader")
    account = f"projects/{cloud.project}/serviceAccounts/ci-reader@{cloud.project}.iam.gserviceaccount.com"
    name = cloud.resource_type(POOL).outputs(cloud.given(POOL, OURS))["name"]
    grant = {"serviceAccountId": account, "role": "roles/iam.workloadIdentityUser"}
    member = f"principalSet://iam.googleapis.com/{name}/attribute.ref/refs/heads/main"

    assert "does not exist" in cloud.refused(MEMBER, **grant, member=member)
    cloud.make(POOL, **OURS)
    cloud.make(MEMBER, **grant, member=member)
    (fault,) = cloud.faults(MEMBER, **grant, member="principalSet://iam.googleapis.com/everybody")
    assert "is not a member" in fault
