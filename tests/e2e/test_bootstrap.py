"""What outlives an environment, made before its first `up`; then an environment that is encrypted with its own key."""

from __future__ import annotations

import json
import signal
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from groundwork.twin.core.resource_type import dig
from groundwork.twin.core.store import Store
from groundwork.twin.registry import RESOURCE_TYPES
from tests.e2e.workplace import clean

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.workplace import Workplace

pytestmark = [pytest.mark.engine, pytest.mark.deep]

KEY = "projects/northwind-ml-prod/locations/europe-west2/keyRings/groundwork/cryptoKeys/data"
STATE, AUDIT = "gs://northwind-ml-prod-state", "gs://northwind-ml-prod-audit"
OTHERS = ("-state", "-audit", "/github-token", "/github-factory")
"""How the names end of what the environment's program does not make."""
KILLED = """
import os, signal
from groundwork import states
from groundwork.cli import bootstrap

def die(*_): os.kill(os.getpid(), signal.SIGKILL)

states.States.{method} = die
bootstrap.bootstrap("prod")
"""


@pytest.fixture(scope="module")
def place(fresh: Callable[[], Workplace]) -> Workplace:
    """Return a checkout whose production asks for encryption, and for an audit log out of everybody's reach."""
    made = fresh()
    file = made.checkout / "Pulumi.prod.yaml"
    config = yaml.safe_load(file.read_text())
    config["config"]["groundwork:environment"] |= {"encryption": {"key": KEY}, "audit_log": {"keep_days": 30}}
    file.write_text(yaml.safe_dump(config))
    return made


def states(place: Workplace) -> list[str]:
    """Return where there is a state of the bootstrap stack."""
    where = {"here": place.twin / "state", "bucket": place.twin / "buckets/northwind-ml-prod-state"}
    return [name for name, folder in where.items() if (folder / ".pulumi/stacks/groundwork-bootstrap/prod.json").exists()]


def killed(place: Workplace, method: str) -> None:
    """Bootstrap, killed where the method would be called."""
    program = KILLED.format(method=method)
    done = subprocess.run([place.python, "-P", "-c", program], cwd=place.checkout, env=clean(), check=False)
    assert done.returncode == -signal.SIGKILL


def test_a_bootstrap_killed_between_export_and_import_has_its_state_on_this_machine(place: Workplace) -> None:
    killed(place, "_put")

    assert states(place) == ["here"]
    assert "0 resources created, 12 unchanged" in place.groundwork("bootstrap", "-e", "prod").stderr
    assert states(place) == ["bucket"]


def test_a_second_bootstrap_changes_nothing_and_says_so(place: Workplace) -> None:
    said = place.groundwork("bootstrap", "-e", "prod")

    assert "0 resources created, 12 unchanged" in said.stderr
    assert f"their state is in {STATE}" in said.stderr
    assert said.stdout.split()[-3:] == [STATE, AUDIT, KEY]


def test_the_moved_state_still_opens_and_what_it_holds_is_protected(place: Workplace) -> None:
    bucket = place.twin / "buckets/northwind-ml-prod-state"
    where = {**place.variables(), "PULUMI_BACKEND_URL": f"file://{bucket}?metadata=skip"}
    command = ["pulumi", "stack", "export", "--show-secrets", "--stack", "organization/groundwork-bootstrap/prod"]
    exported: dict[str, Any] = json.loads(place.run(*command, env=where).stdout)

    kept = {each["urn"].rpartition("::")[2]: each for each in exported["deployment"]["resources"]}
    assert {name for name, each in kept.items() if each.get("protect") and each["custom"]} == {
        "state",
        "audit",
        "keys",
        "keys-data",
    }
    assert exported["deployment"]["secrets_providers"]["type"] == "passphrase"


def test_an_environment_with_a_key_comes_up_and_is_then_left_alone(place: Workplace) -> None:
    place.pulumi("up", "--stack", "prod", "--yes", "--skip-preview")
    place.pulumi("preview", "--stack", "prod", "--expect-no-changes")
    place.pulumi("refresh", "--stack", "prod", "--yes", "--skip-preview", "--expect-no-changes")

    store = Store(place.twin)
    encrypted = {
        (resource_type.type.rpartition(":")[2], id_): dig(given, resource_type.encrypted_by)
        for resource_type in RESOURCE_TYPES.values()
        if resource_type.encrypted_by
        for id_, given in store.all(resource_type.type)
        if given["project"] == "northwind-ml-prod" and not id_.endswith(OTHERS)
    }
    assert {name for name, _ in encrypted} >= {"Bucket", "Dataset", "Repository", "Topic"}
    assert {each: key for each, key in encrypted.items() if key != KEY} == {}


def test_an_environment_whose_key_nobody_made_is_refused_with_the_way_out(fresh: Callable[[], Workplace]) -> None:
    bare = fresh()
    file = bare.checkout / "Pulumi.prod.yaml"
    config = yaml.safe_load(file.read_text())
    config["config"]["groundwork:environment"]["encryption"] = {"key": KEY}
    file.write_text(yaml.safe_dump(config))

    done = bare.pulumi("up", "--stack", "prod", "--yes", "--skip-preview", check=False)
    assert done.returncode
    assert f"{KEY} does not exist; make it with `groundwork bootstrap`" in done.stdout + done.stderr


def test_an_audit_log_whose_bucket_nobody_made_is_refused_with_the_way_out(fresh: Callable[[], Workplace]) -> None:
    bare = fresh()
    file = bare.checkout / "Pulumi.dev.yaml"
    config = yaml.safe_load(file.read_text())
    config["config"]["groundwork:environment"]["audit_log"] = {}
    file.write_text(yaml.safe_dump(config))

    done = bare.pulumi("up", "--stack", "dev", "--yes", "--skip-preview", check=False)
    assert done.returncode
    said = done.stdout + done.stderr
    assert "northwind-ml-dev-audit does not exist" in said
    assert "`groundwork bootstrap` makes the audit log's" in said
