"""Three environments of two clients on one twin, each with its project, its network and its rules."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import yaml

from groundwork.twin.home import Home
from tests.journeys.workplace import Workplace

pytestmark = [pytest.mark.engine]

STACKS = {"dev": "northwind-ml-dev", "prod": "northwind-ml-prod", "acme-dev": "acme-ml-dev"}
TYPES = ("network:Network", "subnetwork:Subnetwork", "firewall:Firewall", "policy:Policy", "workerPool:WorkerPool")


@pytest.fixture(scope="module")
def place(fresh: Callable[[], Workplace]) -> Workplace:
    """Return a checkout with all of them up; acme's is made from dev's file, and its project by the program."""
    made = fresh()
    file = yaml.safe_load((made.checkout / "Pulumi.dev.yaml").read_text().replace("northwind-ml-dev", "acme-ml-dev"))
    section = file["config"]["groundwork:environment"]
    section["client"] = "acme"
    section["foundation"] = {"create_project": {"folder": "123456789", "billing_account": "0A1B2C-3D4E5F-6A7B8C"}}
    (made.checkout / "Pulumi.acme-dev.yaml").write_text(yaml.safe_dump(file))
    made.pulumi("stack", "init", "acme-dev", check=False)
    for stack in STACKS:
        made.pulumi("up", "--stack", stack, "--yes", "--skip-preview")
    return made


@pytest.mark.parametrize("stack", STACKS)
def test_nothing_is_left_to_change_and_nothing_has_moved(place: Workplace, stack: str) -> None:
    place.pulumi("preview", "--stack", stack, "--expect-no-changes")
    place.pulumi("refresh", "--stack", stack, "--yes", "--skip-preview", "--expect-no-changes")


def test_each_network_is_in_the_project_of_its_environment(place: Workplace) -> None:
    home = Home(place.twin)
    for type_ in TYPES:
        listed = [id_ for kind in kinds(home) if kind.endswith(type_) for id_, _ in home.all(kind)]
        assert listed, type_
        assert all(any(f"projects/{project}/" in id_ for project in STACKS.values()) for id_ in listed)
    assert {id_.split("/")[1] for kind in kinds(home) if kind.endswith("network:Network") for id_, _ in home.all(kind)} == set(
        STACKS.values()
    )


def test_destroy_leaves_the_project_that_the_program_made_and_the_next_up_goes_on_with_it(place: Workplace) -> None:
    """All else of the environment is gone by then, and the others have not noticed."""
    refused = place.pulumi("destroy", "--stack", "acme-dev", "--yes", "--skip-preview", check=False)

    assert refused.returncode != 0
    assert "project acme-ml-dev is not deleted: its `deletionPolicy` is PREVENT" in refused.stdout + refused.stderr
    home = Home(place.twin)
    left = {kind for kind in kinds(home) for id_, given in home.all(kind) if given.get("project") == "acme-ml-dev"}
    assert {kind.rpartition(":")[2] for kind in left} == {"Project", "Service", "ServiceIdentity", "Secret", "SecretVersion"}
    place.pulumi("preview", "--stack", "dev", "--expect-no-changes")

    place.pulumi("up", "--stack", "acme-dev", "--yes", "--skip-preview")
    place.pulumi("preview", "--stack", "acme-dev", "--expect-no-changes")


def kinds(home: Home) -> set[str]:
    """Return every type that something is on record of."""
    return {kind for (kind,) in home.records.execute("select distinct type from resources").fetchall()}
