"""The one identity that is an exception of least privilege, and what keeps it from being more."""

from __future__ import annotations

from typing import Any

import pytest

from components.deployer import DeployerArgs, only


def deployer(**given: Any) -> DeployerArgs:
    settings = {"account_id": "deployer", "project": "northwind-ml-dev", "region": "europe-west2", "pulls": {"images": "images"}}
    roles = {"storage": "roles/storage.admin"}
    return DeployerArgs(**{**settings, "roles": roles, "grantable": ["roles/bigquery.jobUser"], **given})


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"roles": {"all": "roles/owner"}}, "not even the deployer has primitive roles"),
        ({"roles": {"all": "roles/resourcemanager.projectIamAdmin"}}, "under its condition only"),
        ({"grantable": ["roles/resourcemanager.projectIamAdmin"]}, "under its condition only"),
        ({"grantable": ["roles/storage.admin"]}, "nothing that lets others grant or own"),
        ({"grantable": ["roles/editor"]}, "nothing that lets others grant or own"),
        ({"grantable": []}, "grantable is empty"),
    ],
)
def test_a_deployer_that_could_become_more_is_refused(given: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        deployer(**given)


def test_the_condition_names_all_that_can_be_granted() -> None:
    said = "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly(['roles/a.user', 'roles/b.user'])"
    assert said == only(["roles/b.user", "roles/a.user"])
