"""An environment's state goes from a person's machine into a bucket, and is never lost nor written over."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from groundwork.engine.state_migration import StateBackend, States
from groundwork.errors import GroundworkError
from groundwork.operations.bootstrap_google import backend, move_environment

pytestmark = pytest.mark.engine

INSTALLED = Path(sys.executable).parent.parent
OWN = {
    **{key: value for key, value in os.environ.items() if not key.startswith(("PULUMI_", "GROUNDWORK_"))},
    "PULUMI_CONFIG_PASSPHRASE": "ada's",
    "PULUMI_SKIP_UPDATE_CHECK": "true",
}


class Person:
    """Somebody with a checkout, a local state, and a bucket that is a folder."""

    def __init__(self, root: Path) -> None:
        self.checkout = root / "checkout"
        self.checkout.mkdir()
        (self.checkout / "Pulumi.yaml").write_text("name: groundwork\nruntime: python\n")
        self.own = {**OWN, "PULUMI_HOME": str(root / "pulumi")}
        self.states = States("dev", "groundwork", self.checkout, self.own, INSTALLED)
        self.local, self.bucket = self._place(root / "local"), self._place(root / "bucket")

    def take(self, signed_in: StateBackend | None) -> str:
        variables = {**self.own, **({"PULUMI_BACKEND_URL": signed_in.url} if signed_in else {})}
        return move_environment(self.states, variables, self.bucket)

    def hold(self, place: StateBackend, secret: str) -> None:
        """Put a state with one resource, and one secret, there."""
        if not self.states.exists(place):
            self.states.create(place)
        stack = "urn:pulumi:dev::groundwork::pulumi:pulumi:Stack::groundwork-dev"
        state = self.exported(place)
        marked = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "plaintext": json.dumps(secret)}
        state["deployment"]["resources"] = [
            {"urn": stack, "custom": False, "type": "pulumi:pulumi:Stack", "outputs": {"secret": marked}}
        ]
        self.run(place, "stack", "import", given=json.dumps(state))

    def secret(self, place: StateBackend) -> str:
        """Return the secret in the state there, opened with the passphrase."""
        return str(json.loads(self.run(place, "stack", "output", "secret", "--show-secrets", "--json")))

    def exported(self, place: StateBackend) -> dict[str, Any]:
        return dict(json.loads(self.run(place, "stack", "export")))

    def run(self, place: StateBackend, *words: str, given: str = "") -> str:
        file = self.checkout / "given.json"
        file.write_text(given)
        more = ["--file", str(file)] if given else []
        command = [*words, *more, "--stack", "dev"]
        variables: Mapping[str, str] = {**self.own, "PULUMI_BACKEND_URL": place.url}
        return self.states.command.run(command, str(self.checkout), variables).stdout

    @staticmethod
    def _place(folder: Path) -> StateBackend:
        folder.mkdir()
        return backend(f"file://{folder}?metadata=skip")


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Person:
    for name in [name for name in os.environ if name.startswith("PULUMI_")]:
        monkeypatch.delenv(name)
    return Person(tmp_path)


def test_a_local_state_goes_into_the_bucket_and_still_opens(person: Person) -> None:
    person.hold(person.local, "sesame")

    said = person.take(person.local)

    assert said == f"moved the state of `dev` from {person.local.url} into {person.bucket.url}"
    assert not person.states.exists(person.local)
    assert person.secret(person.bucket) == "sesame"
    assert person.take(person.local) == f"the state of `dev` is in {person.bucket.url}"


def test_a_move_that_was_killed_after_the_copy_goes_on(person: Person) -> None:
    person.hold(person.local, "sesame")
    person.states.create(person.bucket)
    person.run(person.bucket, "stack", "import", given=json.dumps(person.exported(person.local)))

    assert "moved the state" in person.take(person.local)
    assert person.secret(person.bucket) == "sesame"


def test_another_state_in_the_bucket_is_not_written_over(person: Person) -> None:
    person.hold(person.local, "mine")
    person.hold(person.bucket, "ours")

    with pytest.raises(GroundworkError, match="there are two different states of") as refused:
        person.take(person.local)
    assert refused.value.code == "state-conflict"
    assert (person.secret(person.local), person.secret(person.bucket)) == ("mine", "ours")


def test_where_there_is_none_it_begins_in_the_bucket_and_says_where_it_looked(person: Person) -> None:
    assert person.take(None).endswith("there was none on this machine (Pulumi is not signed in)")
    assert person.states.exists(person.bucket)
    shutil.rmtree(person.checkout.parent / "bucket/.pulumi")
    assert person.take(person.local).endswith(f"(Pulumi is signed in to {person.local.url})")
