"""Three environments of two clients on one twin, each with its project, its network and its rules."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from groundwork.twin.core.store import Store
from tests.e2e.workplace import ROOT, Workplace

pytestmark = [pytest.mark.engine, pytest.mark.deep]

STACKS = {"dev": "northwind-ml-dev", "prod": "northwind-ml-prod", "acme-dev": "acme-ml-dev"}
TYPES = ("network:Network", "subnetwork:Subnetwork", "firewall:Firewall", "policy:Policy", "workerPool:WorkerPool")


MOST = 250
"""Resources of a stack: above that, the time that the SDK takes grows with their square."""

ANOTHER: dict[str, Any] = {
    "pipeline": "forecasting",
    "owners": ["another@northwind.example"],
    "gate": {"wape": {"at_most": 0.2}},
    "schedule": "0 6 * * 1",
}
"""A deployment whose name sorts before the other one's."""


@dataclass(frozen=True)
class Laid:
    """A checkout with three environments up, and what was on record of the first two before the third."""

    place: Workplace
    before: Mapping[str, Any]


@pytest.fixture(scope="module")
def laid(fresh: Callable[[], Workplace]) -> Laid:
    """Return it; acme's is made from dev's file, and its project by the program."""
    made = fresh()
    for stack in ("dev", "prod"):
        made.pulumi("up", "--stack", stack, "--yes", "--skip-preview")
    before = on_record(made)
    file = yaml.safe_load((made.checkout / "Pulumi.dev.yaml").read_text().replace("northwind-ml-dev", "acme-ml-dev"))
    section = file["config"]["groundwork:environment"]
    section["client"] = "acme"
    section["foundation"] = {"create_project": {"folder": "123456789", "billing_account": "0A1B2C-3D4E5F-6A7B8C"}}
    (made.checkout / "Pulumi.acme-dev.yaml").write_text(yaml.safe_dump(file))
    made.pulumi("stack", "init", "acme-dev", check=False)
    made.pulumi("up", "--stack", "acme-dev", "--yes", "--skip-preview")
    return Laid(made, before)


@pytest.fixture
def place(laid: Laid) -> Workplace:
    return laid.place


def on_record(place: Workplace) -> dict[str, Any]:
    """Return all that the twin has on record, by type and id."""
    rows = Store(place.twin).records.execute("select type, id, inputs, ready from resources").fetchall()
    return {f"{kind} {id_}": (inputs, ready) for kind, id_, inputs, ready in rows}


def resources(place: Workplace, stack: str) -> list[dict[str, Any]]:
    """Return what a stack's state says is there."""
    exported = json.loads(place.pulumi("stack", "export", "--stack", stack).stdout)
    found: list[dict[str, Any]] = exported["deployment"]["resources"]
    return found


@pytest.mark.parametrize("stack", STACKS)
def test_nothing_is_left_to_change_and_nothing_has_moved(place: Workplace, stack: str) -> None:
    place.pulumi("preview", "--stack", stack, "--expect-no-changes")
    place.pulumi("refresh", "--stack", stack, "--yes", "--skip-preview", "--expect-no-changes")


@pytest.mark.parametrize("stack", STACKS)
def test_a_stack_is_of_a_size_that_the_engine_copes_with(place: Workplace, stack: str) -> None:
    assert 100 < len(resources(place, stack)) <= MOST


def test_a_second_client_changes_nothing_of_the_first(laid: Laid) -> None:
    """Only what the twin has once for all is shared, and nothing of that is in here."""
    after = on_record(laid.place)

    assert len(laid.before) > 200
    assert {} == {name: (before, after.get(name)) for name, before in laid.before.items() if before != after.get(name)}
    assert [] == [name for name in after.keys() - laid.before.keys() if "acme-ml-dev" not in f"{name} {after[name]}"]


def test_a_second_deployment_comes_and_goes_without_a_change_to_the_first(place: Workplace) -> None:
    file = place.checkout / "Pulumi.dev.yaml"
    text, before = file.read_text(), on_record(place)
    more = yaml.safe_load(text)
    more["config"]["groundwork:environment"]["deployments"]["another"] = ANOTHER

    file.write_text(yaml.safe_dump(more))
    came = changes(place, "dev")
    place.pulumi("up", "--stack", "dev", "--yes", "--skip-preview")
    both = on_record(place)
    file.write_text(text)
    went = changes(place, "dev")
    place.pulumi("up", "--stack", "dev", "--yes", "--skip-preview")

    assert {"create"} == set(came)
    assert {"delete"} == set(went)
    assert came["create"] == went["delete"]
    assert [] == [name for name in came["create"] if "another" not in name]
    assert len(came["create"]) > 20
    assert {name: both[name] for name in before} == before, "the first one was left alone"
    assert before == on_record(place), "and nothing of the second is left"


def changes(place: Workplace, stack: str) -> dict[str, set[str]]:
    """Return what a preview would do, by operation; stack and components apart, which are nothing by themselves."""
    previewed = json.loads(place.pulumi("preview", "--stack", stack, "--json").stdout)
    found: dict[str, set[str]] = defaultdict(set)
    for step in previewed["steps"]:
        if "gcp:" in step["urn"] and step["op"] != "same":
            found[step["op"]].add(step["urn"].rpartition("::")[2])
    return dict(found)


def test_each_network_is_in_the_project_of_its_environment(place: Workplace) -> None:
    store = Store(place.twin)
    for type_ in TYPES:
        listed = [id_ for kind in kinds(store) if kind.endswith(type_) for id_, _ in store.all(kind)]
        assert listed, type_
        assert all(any(f"projects/{project}/" in id_ for project in STACKS.values()) for id_ in listed)
    assert {id_.split("/")[1] for kind in kinds(store) if kind.endswith("network:Network") for id_, _ in store.all(kind)} == set(
        STACKS.values()
    )


def test_destroy_leaves_the_project_that_the_program_made_and_the_next_up_goes_on_with_it(place: Workplace) -> None:
    """All else of the environment is gone by then, and the others have not noticed."""
    refused = place.pulumi("destroy", "--stack", "acme-dev", "--yes", "--skip-preview", check=False)

    assert refused.returncode != 0
    assert "project acme-ml-dev is not deleted: its `deletionPolicy` is PREVENT" in refused.stdout + refused.stderr
    store = Store(place.twin)
    left = {kind for kind in kinds(store) for id_, given in store.all(kind) if given.get("project") == "acme-ml-dev"}
    assert {kind.rpartition(":")[2] for kind in left} == {"Project", "Service", "ServiceIdentity", "Secret", "SecretVersion"}
    place.pulumi("preview", "--stack", "dev", "--expect-no-changes")

    place.pulumi("up", "--stack", "acme-dev", "--yes", "--skip-preview")
    place.pulumi("preview", "--stack", "acme-dev", "--expect-no-changes")


def test_production_is_not_destroyed_before_its_protection_is_lifted(place: Workplace) -> None:
    """Refused before the first thing goes; lifted, it leaves what the page lists, and what Google keeps of a federation."""
    sales = place.twin / "buckets/northwind-ml-prod-raw/sales.csv"
    sales.write_text("1")
    before = on_record(place)

    refused = place.pulumi("destroy", "--stack", "prod", "--yes", check=False)

    assert 0 != refused.returncode
    assert re.search(r"Bucket::raw\" cannot be deleted\s+because it is protected", refused.stdout)
    assert before == on_record(place)
    assert sales.exists()

    file = place.checkout / "Pulumi.prod.yaml"
    file.write_text(file.read_text().replace("protect_data: true", "protect_data: false"))
    place.pulumi("up", "--stack", "prod", "--yes", "--skip-preview")
    place.pulumi("destroy", "--stack", "prod", "--yes")

    listed = set(re.findall(r"^\| `(gcp:[^`]+)` \|", (ROOT / "docs/reference/leftovers.md").read_text(), re.MULTILINE))
    store = Store(place.twin)
    left = {kind for kind in kinds(store) for _, given in store.all(kind) if given.get("project") == "northwind-ml-prod"}
    softly = {kind for kind in left if kind.endswith(" (deleted)")}
    assert listed == left - softly
    assert {"WorkloadIdentityPool (deleted)", "WorkloadIdentityPoolProvider (deleted)"} == {
        kind.rpartition(":")[2] for kind in softly
    }
    assert not sales.exists()
    place.pulumi("preview", "--stack", "dev", "--expect-no-changes")


def kinds(store: Store) -> set[str]:
    """Return every type that something is on record of."""
    return {kind for (kind,) in store.records.execute("select distinct type from resources").fetchall()}
