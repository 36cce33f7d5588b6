"""Every rule refuses a violation before a resource is registered, and accepts an exception until its last day."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_gcp as gcp
import pytest

from groundwork.environment.sections.exceptions import Exemption
from groundwork.policy.enforce import enforce
from groundwork.policy.resource import Requirements
from tests.helpers.policies import BROKEN, BUCKET, LABELS, PROJECT, address, break_

if TYPE_CHECKING:
    from tests.conftest import Graph

GUIDE = Path(__file__).parents[3] / "docs/guides/policy.md"
TODAY = dt.date(2026, 11, 24)
BUILT = Callable[..., "Graph"]


def requirements(**other: Any) -> Requirements:
    defaults: dict[str, Any] = {
        "region": "europe-west2",
        "labels": LABELS,
        "protect_data": True,
        "encrypted": False,
        "deployer": f"deployer@{PROJECT}.iam.gserviceaccount.com",
        "deployer_roles": frozenset({"roles/storage.admin"}),
    }
    return Requirements(**{**defaults, **other})


def exempt(code: str, until: str) -> Exemption:
    reason = "a test wants to see whether it holds"
    return Exemption.model_validate({"rule": code, "resource": address(code), "reason": reason, "until": until})


def refused(graph: BUILT, program: Callable[[], object]) -> str:
    with pytest.raises(pulumi.RunError) as error:
        graph(program)
    return str(error.value)


def breaking(code: str, *exemptions: Exemption) -> Callable[[], None]:
    def program() -> None:
        enforce(requirements(encrypted=code == "key-missing"), exemptions, TODAY)
        break_([code])

    return program


@pytest.mark.parametrize("code", BROKEN)
def test_a_violation_is_refused_with_the_rule_the_resource_and_a_hint(graph: BUILT, code: str) -> None:
    message = refused(graph, breaking(code))

    assert re.search(rf"^  {code}: {address(code)}: .+; .+$", message, re.MULTILINE), message
    assert message.startswith("the program breaks a rule:"), message


@pytest.mark.parametrize("code", BROKEN)
def test_an_exception_is_valid_until_its_last_day(graph: BUILT, code: str) -> None:
    assert address(code) in graph(breaking(code, exempt(code, "2026-11-24")), anything=True).values

    message = refused(graph, breaking(code, exempt(code, "2026-11-23")))
    assert f"exception-expired: {address(code)}: the exception from {code} ended on 2026-11-23" in message


def test_all_violations_are_listed_and_no_resource_is_registered(graph: BUILT) -> None:
    registered: list[str] = []

    def program() -> None:
        enforce(requirements(encrypted=True), (), TODAY)
        pulumi.Output.from_input(gcp.storage.Bucket("right", **{**BUCKET, "encryption": {"default_kms_key_name": "k"}}).id).apply(
            registered.append
        )
        break_(list(BROKEN))

    message = refused(graph, program)

    assert [] == registered
    assert set(BROKEN) == {line.strip().partition(":")[0] for line in message.splitlines() if line.startswith("  ")}


def test_an_unused_exception_is_refused(graph: BUILT) -> None:
    def program() -> None:
        enforce(requirements(), (exempt("location-refused", "2027-01-01"),), TODAY)
        gcp.storage.Bucket("right", **BUCKET)

    assert f"exception-idle: {address('location-refused')}: nothing of that name breaks location-refused" in refused(
        graph, program
    )


def test_an_unprotected_resource_with_data_is_refused_if_data_are_protected(graph: BUILT) -> None:
    """Google refuses to delete a bucket with content, but not a machine or a repository of images."""

    def program(*, protect_data: bool) -> None:
        enforce(requirements(protect_data=protect_data), (), TODAY)
        gcp.storage.Bucket("loose", **{**BUCKET, "opts": None})

    message = refused(graph, lambda: program(protect_data=True))
    assert "unprotected-data: gcp:storage/bucket:Bucket::loose: an `up` that replaces it would delete its content" in message
    assert graph(lambda: program(protect_data=False)).counts["gcp:storage/bucket:Bucket"] == 1


def test_a_grant_to_a_computed_address_of_the_program_is_checked(graph: BUILT) -> None:
    def program() -> None:
        enforce(requirements(), (), TODAY)
        runner = gcp.serviceaccount.Account("runner", account_id="runner", project=PROJECT)
        role = "roles/iam.serviceAccountTokenCreator"
        gcp.projects.IAMMember("all", project=PROJECT, role=role, member=runner.member)

    assert "impersonation-refused: gcp:projects/iAMMember:IAMMember::all" in refused(graph, program)


def test_the_deployer_may_have_the_listed_roles(graph: BUILT) -> None:
    def program() -> None:
        enforce(requirements(), (), TODAY)
        member = f"serviceAccount:{requirements().deployer}"
        gcp.projects.IAMMember("storage", project=PROJECT, role="roles/storage.admin", member=member)

    assert graph(program).counts["gcp:projects/iAMMember:IAMMember"] == 1


def test_a_key_from_any_resource_of_the_program_is_accepted(graph: BUILT) -> None:
    def program() -> None:
        enforce(requirements(encrypted=True), (), TODAY)
        key = gcp.pubsub.Topic("other", name="other", project=PROJECT, labels=LABELS, kms_key_name="k").id
        gcp.storage.Bucket("right", **{**BUCKET, "encryption": {"default_kms_key_name": key}})

    assert graph(program).counts["gcp:storage/bucket:Bucket"] == 1


def test_the_guide_lists_every_rule() -> None:
    listed = re.findall(r"^\| `([a-z-]+)` \|", GUIDE.read_text(), re.MULTILINE)

    assert sorted(BROKEN) == listed
