"""`groundwork secret put`: what is stored is shown nowhere, and reaches the secret that the environment's file names."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from groundwork.adapters.connect import connect
from groundwork.cli.app import app
from groundwork.contract.variables import TWIN_VARIABLE
from groundwork.errors import GroundworkError
from groundwork.twin import lifecycle
from groundwork.twin.core import shell
from groundwork.twin.registry import RESOURCE_TYPES

ROOT = Path(__file__).parents[3]
PROJECT = "northwind-ml-dev"
SECRET = f"projects/{PROJECT}/secrets/weather-api"
PAYLOAD = "a-payload-3f8c"

Put = Callable[..., Result]


@pytest.fixture
def put(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Put:
    """Return the command, in a checkout whose twin has the secret."""
    for name in ("Pulumi.yaml", "__main__.py", "Pulumi.dev.yaml", "Pulumi.prod.yaml"):
        shutil.copy(ROOT / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(TWIN_VARIABLE, raising=False)
    store = shell.make(shell.folder())
    replication = {"userManaged": {"replicas": [{"location": "europe-west2"}]}}
    made: dict[str, dict[str, Any]] = {
        "gcp:projects/service:Service": {"service": "secretmanager.googleapis.com"},
        "gcp:secretmanager/secret:Secret": {"secretId": "weather-api", "replication": replication},
    }
    for token, given in made.items():
        lifecycle.create(store, RESOURCE_TYPES[token], lifecycle.completed(RESOURCE_TYPES[token], given, PROJECT))
    return lambda payload, name="weather-api": CliRunner().invoke(app, ["secret", "put", name], input=payload)


@pytest.mark.parametrize("payload", [PAYLOAD, f"{PAYLOAD}\n"])
def test_what_is_put_is_read_and_shown_nowhere(put: Put, payload: str) -> None:
    result = put(payload)

    assert 0 == result.exit_code, result.output
    assert f"stored as {SECRET}/versions/1" in result.stderr
    assert PAYLOAD not in result.output
    root = shell.folder()
    assert PAYLOAD == connect(f"twin:{root}").secret(SECRET)
    elsewhere = [path for path in root.rglob("*") if path.is_file() and path.relative_to(root).parts[0] != "secrets"]
    assert [] == [path for path in elsewhere if PAYLOAD.encode() in path.read_bytes()]


def test_the_newest_counts(put: Put) -> None:
    put("the first")
    put(PAYLOAD)

    assert PAYLOAD == connect(f"twin:{shell.folder()}").secret(SECRET)


@pytest.mark.parametrize("payload", ["", "\n", b"\xff", "x" * 65_537])
def test_what_is_no_payload_is_refused(put: Put, payload: str | bytes) -> None:
    result = put(payload)

    assert isinstance(result.exception, GroundworkError)
    assert "secret-payload-invalid" == result.exception.code


def test_a_secret_that_the_program_did_not_make_is_absent(put: Put) -> None:
    result = put(PAYLOAD, "other")

    assert isinstance(result.exception, GroundworkError)
    assert (f"there is no secret projects/{PROJECT}/secrets/other", "resource-not-found") == (
        result.exception.message,
        result.exception.code,
    )
