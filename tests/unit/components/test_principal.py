"""Roles of people on the project: only narrow ones, and never for a service account."""

from __future__ import annotations

import pytest

from components.principal import PrincipalArgs

ENGINEERS = "group:engineers@northwind.example"


def principal(member: str = ENGINEERS, role: str = "roles/logging.viewer") -> PrincipalArgs:
    return PrincipalArgs(member=member, project="northwind-ml-dev", roles={"logs": role})


@pytest.mark.parametrize(
    "member", ["engineers@northwind.example", "serviceAccount:a@b.iam.gserviceaccount.com", "user:a@b.iam.gserviceaccount.com"]
)
def test_a_service_account_is_not_a_principal(member: str) -> None:
    with pytest.raises(ValueError, match="is not a valid member: use group:<address> or user:<address>"):
        principal(member)


@pytest.mark.parametrize("role", ["roles/viewer", "roles/storage.admin"])
def test_people_administer_by_a_merge(role: str) -> None:
    with pytest.raises(ValueError, match="allows more than one task needs"):
        principal(role=role)
