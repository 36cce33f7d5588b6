"""Commands that read and write environment files know of values from Terraform."""

from __future__ import annotations

import importlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from groundwork.cli.app import app
from groundwork.cli.demo import seed_twin
from groundwork.contract.variables import TWIN_VARIABLE
from groundwork.environment.terraform import state
from groundwork.errors import GroundworkError
from groundwork.onboarding import environment_files
from groundwork.onboarding.copy import replicate
from groundwork.twin import lifecycle
from groundwork.twin.core import shell
from groundwork.twin.core.store import Store
from groundwork.twin.registry import RESOURCE_TYPES

ROOT = Path(__file__).parents[3]
RECORDED = ROOT / "tests/data/terraform"


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a checkout whose dev environment takes values from a state in a file."""
    for name in ("Pulumi.yaml", "__main__.py", "Pulumi.dev.yaml", "Pulumi.prod.yaml"):
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(RECORDED, tmp_path / "infra")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(TWIN_VARIABLE, raising=False)
    monkeypatch.setattr(state, "ROOT", tmp_path)
    edit(tmp_path, {"zone": {"state": "infra"}})
    return tmp_path


@pytest.fixture(autouse=True)
def storage() -> Iterator[None]:
    """Put `gs://` back to where it led."""
    registry = importlib.import_module("fsspec.registry")
    known = dict(registry.known_implementations), dict(registry._registry)
    yield
    for kept, now in zip(known, (registry.known_implementations, registry._registry), strict=True):
        now.clear()
        now.update(kept)


def edit(checkout: Path, states: dict[str, Any], **changes: Any) -> None:
    """Have dev take its region, thresholds and the number of its Git provider's app from Terraform."""
    file = checkout / "Pulumi.dev.yaml"
    config = yaml.safe_load(file.read_text())
    section = config["config"]["groundwork:environment"]
    section["region"] = {"terraform": "zone.region"}
    section["deployments"]["forecasting"]["gate"]["wape"] = {"terraform": "zone.thresholds"}
    section["repository"]["installation_id"] = {"terraform": "zone.installation_id"}
    section |= changes
    config["config"]["groundwork:terraform"] = states
    file.write_text(yaml.safe_dump(config))


def read(checkout: Path, stack: str) -> dict[str, Any]:
    config: dict[str, Any] = yaml.safe_load((checkout / f"Pulumi.{stack}.yaml").read_text())["config"]
    return config


def twin(root: Path) -> Path:
    """Make a twin with the bucket `states`, and return its folder."""
    store = Store(root)
    for token, inputs in (
        ("gcp:projects/service:Service", {"service": "storage.googleapis.com"}),
        ("gcp:storage/bucket:Bucket", {"name": "states", "location": "europe-west2"}),
    ):
        lifecycle.create(store, RESOURCE_TYPES[token], lifecycle.completed(RESOURCE_TYPES[token], inputs, "northwind-ml-dev"))
    shutil.copy(RECORDED / "terraform.tfstate", root / "buckets/states/default.tfstate")
    return root


@pytest.mark.usefixtures("checkout")
def test_a_check_takes_the_values_and_tells_of_one_that_is_missing(checkout: Path) -> None:
    right = CliRunner().invoke(app, ["check", "-e", "dev", "--files-only"])
    edit(checkout, {"zone": {"state": "infra"}}, region={"terraform": "zone.regoin"})
    wrong = CliRunner().invoke(app, ["check", "-e", "dev", "--files-only"])

    assert "passed  the environment file, and the files that it names" in right.stdout
    assert 1 == wrong.exit_code
    assert "has no output `regoin`; did you mean `region`? There are: `billing`," in wrong.stdout


def test_a_check_reads_a_bucket_of_the_twin(checkout: Path) -> None:
    """And never one of Google's, which fsspec would lead to."""
    edit(checkout, {"zone": {"state": "gs://states"}})
    without = CliRunner().invoke(app, ["check", "-e", "dev", "--files-only"])
    twin(checkout / ".groundwork/twin")
    with_ = CliRunner().invoke(app, ["check", "-e", "dev", "--files-only"])

    assert "groundwork:terraform.zone: gs://states/default.tfstate cannot be read: 'there is no twin in" in without.stdout
    assert "passed  the environment file, and the files that it names" in with_.stdout


def test_a_copy_takes_its_values_from_the_same_state(checkout: Path) -> None:
    chain = {"branches": {"terraform": "chain.branches"}, "own_branches": {"terraform": "chain.own_branches"}}
    outputs = {"branches": {"value": ["feature/*", "release", "main"]}, "own_branches": {"value": ["feature/*", "release"]}}
    (checkout / "chain.tfstate").write_text(json.dumps({"version": 4, "outputs": outputs}))
    edit(checkout, {"zone": {"state": "infra"}, "chain": {"state": "chain.tfstate"}}, chain=chain)

    replicate(checkout, "dev", "staging", "northwind-ml-staging")

    written = read(checkout, "staging")
    section = written["groundwork:environment"]
    assert read(checkout, "dev")["groundwork:terraform"] == written["groundwork:terraform"]
    assert ({"terraform": "zone.region"}, {"terraform": "zone.installation_id"}) == (
        section["region"],
        section["repository"]["installation_id"],
    )
    assert {
        "branches": ["staging/feature/*", "staging/release", "main"],
        "own_branches": ["staging/feature/*", "staging/release"],
    } == section["chain"]


def test_a_copy_with_another_repository_needs_its_settings_written_out(checkout: Path) -> None:
    repository = dict(read(checkout, "prod")["groundwork:environment"]["repository"])
    (checkout / "git_provider.tfstate").write_text(json.dumps({"version": 4, "outputs": {"repository": {"value": repository}}}))
    states = {"zone": {"state": "infra"}, "git_provider": {"state": "git_provider.tfstate"}}
    edit(checkout, states, repository={"installation_id": 1})
    edit(checkout, states, repository={"terraform": "git_provider.repository"})
    before = sorted(checkout.iterdir())

    with pytest.raises(GroundworkError) as refused:
        replicate(checkout, "dev", "staging", "northwind-ml-staging", repository="northwind/other")

    assert "environment-terraform-unsupported" == refused.value.code
    assert before == sorted(checkout.iterdir())


def test_a_new_client_gets_the_values_and_not_another_s_terraform(checkout: Path) -> None:
    answers = {
        "--region": "europe-west3",
        "--project-prefix": "acme-ml",
        "--repository": "acme/forecasting",
        "--installation-id": "12345",
        "--reviewers": "rita@acme.example",
        "--owners": "team@acme.example",
    }
    done = CliRunner().invoke(app, ["client", "add", "acme", *(word for pair in answers.items() for word in pair)])

    assert 0 == done.exit_code, done.output
    written = read(checkout, "acme-dev")
    assert "groundwork:terraform" not in written
    assert {"at_most": 0.12, "ratio_to_baseline": 1.05} == (
        written["groundwork:environment"]["deployments"]["forecasting"]["gate"]["wape"]
    )


def test_the_twin_is_prepared_as_far_as_terraforms_state_is_there(checkout: Path) -> None:
    name = dict(read(checkout, "dev")["groundwork:environment"]["repository"])
    (checkout / "git_provider.tfstate").write_text(json.dumps({"version": 4, "outputs": {"token": {"value": "a-token"}}}))
    repository = {
        **name,
        "token_secret": {"terraform": "git_provider.token"},
        "installation_id": {"terraform": "zone.installation_id"},
    }
    edit(checkout, {"zone": {"state": "infra"}, "git_provider": {"state": "git_provider.tfstate"}}, repository=repository)
    there = dict(seed_twin._connections(checkout))["northwind-ml-dev"]
    (checkout / "git_provider.tfstate").unlink()
    missing = dict(seed_twin._connections(checkout))["northwind-ml-dev"]

    assert ("a-token", "48291734") == (there["token_secret"], there["installation_id"])
    assert {"remote": name["remote"], "git_provider_secret": name["git_provider_secret"]} == missing


def test_a_file_without_a_section_is_settled_as_it_is() -> None:
    assert {} == environment_files.settled("dev", {})
    assert {"region": {"terraform": "x.y"}} == environment_files.settled(
        "dev", {environment_files.SECTION: {"region": {"terraform": "x.y"}}}
    )


def test_a_process_in_the_twins_environment_opens_the_twins_buckets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By fsspec alone: the program is the same on Google, where gcsfs opens them."""
    monkeypatch.setattr(shell, "_pulumi", lambda: "/bin/true")
    root = twin(shell.make(tmp_path / "twin").root)
    code = "import fsspec, sys; sys.stdout.buffer.write(fsspec.open('gs://states/default.tfstate', 'rb').open().read())"
    monkeypatch.setenv("PYTHONPATH", "/dev/null/nowhere")
    variables = shell.environment(root)

    done = subprocess.run([sys.executable, "-P", "-c", code], env=variables, check=True, capture_output=True, cwd=ROOT)

    assert (RECORDED / "terraform.tfstate").read_bytes() == done.stdout
    assert [str(root / "python"), "/dev/null/nowhere"] == variables["PYTHONPATH"].split(os.pathsep)
    assert "http://127.0.0.1:9" == variables["STORAGE_EMULATOR_HOST"]
