"""The deployer, the one exception from least privilege, and the limits of its permissions."""

from __future__ import annotations

from typing import Any

import pytest

from components.deployer import DeployerArgs, only


def deployer(**overrides: Any) -> DeployerArgs:
    settings = {"account_id": "deployer", "project": "northwind-ml-dev", "region": "europe-west2", "pulls": {"images": "images"}}
    roles = {"storage": "roles/storage.admin"}
    return DeployerArgs(**{**settings, "roles": roles, "grantable": ["roles/bigquery.jobUser"], **overrides})


@pytest.mark.parametrize(
    ("overrides", "why"),
    [
        ({"roles": {"all": "roles/owner"}}, "not even the deployer has primitive roles"),
        ({"roles": {"all": "roles/resourcemanager.projectIamAdmin"}}, "the component grants it with a condition"),
        ({"grantable": ["roles/resourcemanager.projectIamAdmin"]}, "the component grants it with a condition"),
        ({"grantable": ["roles/storage.admin"]}, "remove roles that permit granting or ownership"),
        ({"grantable": ["roles/editor"]}, "remove roles that permit granting or ownership"),
        ({"grantable": []}, "grantable is empty"),
    ],
)
def test_a_deployer_that_could_extend_its_permissions_is_refused(overrides: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        deployer(**overrides)


def test_the_condition_names_all_that_can_be_granted() -> None:
    said = "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly(['roles/a.user', 'roles/b.user'])"
    assert said == only(["roles/b.user", "roles/a.user"])
