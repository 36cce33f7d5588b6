"""Google is used by intent only, with the variables of a person and without guesses."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from groundwork.engine.state_migration import StateBackend
from groundwork.errors import GroundworkError
from groundwork.operations import bootstrap_google as google
from groundwork.operations.bootstrap import Bootstrapped
from tests.helpers.loopback import Handler, servers

ROOT = Path(__file__).parents[3]
DONE = Bootstrapped(changes={"create": 9}, outputs={"state": "gs://northwind-ml-dev-state", "key": "k"}, moved=True)
WITHOUT_THE_OPTION = """
import sys
from groundwork.cli import bootstrap
from groundwork.cli.app import app
from groundwork.operations.bootstrap import Bootstrapped

done = Bootstrapped(changes={}, outputs={"state": "s", "key": "k"}, moved=False)
bootstrap.bootstrap_session = lambda session, environment, file: done
app(["bootstrap", "-e", "dev"], standalone_mode=False)
print([name for name in sys.modules if name.startswith(("groundwork.operations.bootstrap_google", "google.cloud.storage"))])
"""


class Engine:
    """A fake of `Bootstrap` that records its arguments."""

    created: list[Engine]

    def __init__(self, stack: str, file: Path, variables: dict[str, str], pulumi: Path) -> None:
        self.stack, self.file, self.variables, self.pulumi = stack, file, variables, pulumi
        self.backends: tuple[StateBackend, StateBackend] | None = None
        Engine.created.append(self)

    def run(self, program: Callable[[], None], local: StateBackend, bucket: StateBackend) -> Bootstrapped:
        self.backends = (local, bucket)
        return DONE


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], list[str]]]:
    """Return a function that starts a fake Cloud Storage with one status, and returns the paths of its requests."""
    with servers() as start:

        def answering(status: int) -> list[str]:
            requested: list[str] = []

            class Storage(Handler):
                def do_GET(self) -> None:  # noqa: N802  the library's name for it
                    requested.append(self.path)
                    content = {"name": "b"} if status < 400 else {"error": {"code": status, "message": "not yours"}}
                    self.answer(status, json.dumps(content).encode(), {"Content-Type": "application/json"})

            monkeypatch.setenv("STORAGE_EMULATOR_HOST", start(Storage))
            return requested

        yield answering


def test_without_the_option_the_code_for_google_is_not_loaded(tmp_path: Path) -> None:
    for name in ("Pulumi.yaml", "__main__.py", "Pulumi.dev.yaml", "Pulumi.prod.yaml", "stacks"):
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, tmp_path / name)
    environ = {key: value for key, value in os.environ.items() if not key.startswith("GROUNDWORK_")}
    done = subprocess.run(
        [sys.executable, "-P", "-c", WITHOUT_THE_OPTION], cwd=tmp_path, env=environ, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"
    assert "on the twin in" in done.stderr


def test_only_the_command_imports_the_code_for_google() -> None:
    importing = [
        file.relative_to(ROOT).as_posix()
        for file in (ROOT / "groundwork").rglob("*.py")
        if "bootstrap_google" in file.read_text() and file.name != "bootstrap_google.py"
    ]

    assert importing == ["groundwork/cli/bootstrap.py"]


def test_the_engine_gets_only_the_person_s_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Engine, "created", [], raising=False)
    monkeypatch.setattr(google, "Bootstrap", Engine)
    monkeypatch.setattr(google, "move_environment", lambda states, _, bucket: f"{states.project} in {bucket.url}")
    file = tmp_path / "Pulumi.dev.yaml"
    shutil.copy(ROOT / "Pulumi.dev.yaml", file)
    own = google.own({"HOME": "/home/ada", "PULUMI_CONFIG_PASSPHRASE": "secret"}, None)

    done = google.bootstrap_on_google("dev", file, own)

    (engine,) = Engine.created
    assert engine.variables == {"HOME": "/home/ada", "PULUMI_CONFIG_PASSPHRASE": "secret"}
    assert engine.backends
    assert [backend.url for backend in engine.backends] == [
        f"file://{tmp_path}/.groundwork/google?metadata=skip",
        "gs://northwind-ml-dev-state",
    ]
    assert not (engine.pulumi / "bin/pulumi-resource-gcp").exists()
    assert done.environment == "groundwork in gs://northwind-ml-dev-state"


@pytest.mark.parametrize("variable", [{"GROUNDWORK_TWIN": "/a/twin"}, {"GROUNDWORK_PLATFORM": "twin:/a/twin"}])
def test_a_shell_of_the_twin_is_refused_on_google(variable: dict[str, str]) -> None:
    with pytest.raises(GroundworkError, match="this shell works on the twin"):
        google.own({"PULUMI_CONFIG_PASSPHRASE": "", **variable}, None)


def test_a_passphrase_is_asked_for_in_a_terminal_and_never_invented() -> None:
    assert google.own({}, lambda: "typed") == {"PULUMI_CONFIG_PASSPHRASE": "typed"}
    assert google.own({"PULUMI_CONFIG_PASSPHRASE_FILE": "f"}, lambda: "typed") == {"PULUMI_CONFIG_PASSPHRASE_FILE": "f"}
    with pytest.raises(GroundworkError, match="need a passphrase"):
        google.own({}, None)


@pytest.mark.parametrize(("status", "exists"), [(200, True), (404, False)])
def test_cloud_storage_is_asked_whether_a_bucket_exists(cloud: Callable[[int], list[str]], status: int, *, exists: bool) -> None:
    requested = cloud(status)

    assert google.exists("acme-ml-dev", "acme-ml-dev-state") is exists
    assert ["/storage/v1/b/acme-ml-dev-state"] == [path.partition("?")[0] for path in requested]


def test_a_bucket_without_access_is_not_reported_as_missing(cloud: Callable[[int], list[str]]) -> None:
    """A second one cannot have its name: names of buckets are global."""
    cloud(403)

    with pytest.raises(GroundworkError, match="cannot determine whether the bucket") as refused:
        google.exists("acme-ml-dev", "acme-ml-dev-state")
    assert refused.value.code == "bucket-unreadable"


def test_a_person_who_is_not_signed_in_gets_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/dev/null/nowhere")

    with pytest.raises(GroundworkError) as refused:
        google.exists("acme-ml-dev", "acme-ml-dev-state")
    assert (refused.value.code, refused.value.hint) == ("credentials-missing", "run `gcloud auth application-default login`")
