"""Tokens from outside Google Cloud: which are accepted."""

from __future__ import annotations

from typing import Any

import pytest

from components.federation import FederationArgs, condition


def federation(**overrides: Any) -> FederationArgs:
    identity = {"repository_id": 7, "identity": "projects/p/serviceAccounts/ci@p.iam.gserviceaccount.com"}
    settings = {"pool": "outside-ci", "project": "northwind-ml-dev", "repository": "northwind/forecasting", "branches": ["main"]}
    return FederationArgs(**{**settings, **identity, **overrides})


def test_only_pushes_to_the_listed_branches_of_the_repository_get_access() -> None:
    said = condition(federation(branches=["main", "release"]))

    assert said == (
        "assertion.repository == 'northwind/forecasting' && assertion.repository_id == '7'"
        " && assertion.event_name == 'push' && assertion.ref in ['refs/heads/main', 'refs/heads/release']"
    )


@pytest.mark.parametrize(
    ("overrides", "why"),
    [
        ({"pool": "ci"}, "4 to 32 lower-case"),
        ({"pool": "gcp-outside"}, "not gcp- first"),
        ({"repository": "forecasting"}, "write owner/name"),
        ({"repository": "northwind/x' || true || 'y"}, "write owner/name"),
        ({"branches": []}, "branches is empty"),
        ({"branches": ["main' || 'a"]}, "is not a branch"),
    ],
)
def test_arguments_that_would_give_access_to_others_are_refused(overrides: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        federation(**overrides)
