"""Who from outside is believed."""

from __future__ import annotations

from typing import Any

import pytest

from components.federation import FederationArgs, condition


def federation(**given: Any) -> FederationArgs:
    settings = {"pool": "outside-ci", "project": "northwind-ml-dev", "repository": "northwind/forecasting", "branches": ["main"]}
    return FederationArgs(**{**settings, "identity": "projects/p/serviceAccounts/ci@p.iam.gserviceaccount.com", **given})


def test_no_other_repository_and_no_other_branch_is_let_in() -> None:
    said = condition(federation(branches=["main", "release"], repository_id=7))

    assert said == (
        "assertion.repository == 'northwind/forecasting' && assertion.repository_id == '7'"
        " && assertion.ref in ['refs/heads/main', 'refs/heads/release']"
    )


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"pool": "ci"}, "4 to 32 lower-case"),
        ({"pool": "gcp-outside"}, "not gcp- first"),
        ({"repository": "forecasting"}, "write owner/name"),
        ({"repository": "northwind/x' || true || 'y"}, "write owner/name"),
        ({"branches": []}, "branches is empty"),
        ({"branches": ["main' || 'a"]}, "is no branch"),
    ],
)
def test_what_would_let_in_others_is_refused(given: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        federation(**given)
