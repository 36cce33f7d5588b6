"""An environment on the twin with values from Terraform: of a file and a bucket, changed, and none that is sensitive in clear."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e.workplace import ROOT, Workplace, checkout_into

pytestmark = [pytest.mark.engine, pytest.mark.deep]

RECORDED = ROOT / "tests/data/terraform"
PROGRAM = ROOT / "integrations/terraform/main.tf"
BILLING = "0C4A7B-D19E35-7F20C8"
INSTALLATION = 57283946
OTHER_INSTALLATION = 91826437
BUCKET = "buckets/northwind-ml-dev-state/landing-zone"


@dataclass(frozen=True)
class Landed:
    """A checkout whose dev environment takes values from Terraform, and what its commands printed."""

    place: Workplace
    real: bool
    """Whether Terraform itself wrote its states; else they are recorded ones, with values changed."""

    said: list[str]

    @property
    def folder(self) -> Path:
        return self.place.checkout / "infra"

    def apply(self, workspace: str, **variables: Any) -> None:
        """Have Terraform write a workspace's state."""
        if not self.real:
            _rewrite(self._state(workspace), variables)
            return
        environment = {**os.environ, "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1", "TF_WORKSPACE": workspace}
        given = [f"-var={name}={value if isinstance(value, str) else json.dumps(value)}" for name, value in variables.items()]
        for words in (["init"], ["apply", "-auto-approve", *given]):
            command = ["terraform", *words, "-input=false", "-no-color"]
            subprocess.run(command, cwd=self.folder, env=environment, check=True, capture_output=True)

    def upload(self, workspace: str) -> None:
        """Put a state where the backend `gcs` keeps it."""
        object_ = self.place.twin / BUCKET / f"{workspace}.tfstate"
        object_.parent.mkdir(exist_ok=True)
        shutil.copy(self._state(workspace), object_)

    def pulumi(self, *words: str) -> str:
        """Run a command of Pulumi's on the stack, and keep what it prints."""
        done = self.place.pulumi(*words, "--stack", "dev", *(["--yes", "--skip-preview"] if "up" in words else []))
        self.said.append(done.stdout + done.stderr)
        return done.stdout

    def changes(self) -> dict[str, str]:
        """Return what a preview would do, by resource."""
        steps = json.loads(self.pulumi("preview", "--json", "--diff"))["steps"]
        return {step["urn"].rpartition("::")[2]: step["op"] for step in steps if step["op"] != "same"}

    def _state(self, workspace: str) -> Path:
        inner = "terraform.tfstate" if workspace == "default" else f"terraform.tfstate.d/{workspace}/terraform.tfstate"
        return self.folder / inner


def _rewrite(file: Path, variables: Mapping[str, Any]) -> None:
    state = json.loads(file.read_text())
    outputs = state["outputs"]
    for name, value in variables.items():
        match name:
            case "billing_account":
                outputs["billing"]["value"]["account"] = value
            case "range":
                outputs["network"]["value"]["range"] = value
            case _:
                outputs[name]["value"] = value
    file.write_text(json.dumps(state))


@pytest.fixture(scope="module", params=["terraform" if shutil.which("terraform") and PROGRAM.exists() else "recorded"])
def landed(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Landed:
    """Return the environment once it is up; the tests' names tell whose states it is from."""
    place = checkout_into(tmp_path_factory.mktemp("terraform"))
    landed = Landed(place, request.param == "terraform", [])
    if landed.real:
        landed.folder.mkdir()
        shutil.copy(PROGRAM, landed.folder)
    else:
        shutil.copytree(RECORDED, landed.folder)
    for workspace in ("default", "prod"):
        landed.apply(workspace, installation_id=INSTALLATION, billing_account=BILLING)
    place.groundwork("bootstrap", "-e", "dev")
    landed.upload("prod")
    _write(
        place,
        {"zone": {"state": "infra"}, "shared": {"state": "gs://northwind-ml-dev-state/landing-zone", "workspace": "prod"}},
        {"network": {"range": {"terraform": "shared.network.range"}}},
    )
    landed.pulumi("up")
    return landed


def _write(place: Workplace, states: Mapping[str, Any], changes: Mapping[str, Any]) -> None:
    """Have dev's file take values from states."""
    file = place.checkout / "Pulumi.dev.yaml"
    config = yaml.safe_load(file.read_text())
    section = config["config"]["groundwork:environment"]
    section |= {"region": {"terraform": "zone.region"}, "reviewers": {"terraform": "zone.reviewers"}, **changes}
    section["factory"] = {"identities": {"terraform": "zone.identities"}}
    section["deployments"]["forecasting"]["gate"]["wape"] = {"terraform": "zone.thresholds"}
    section["repository"]["installation_id"] = {"terraform": "zone.installation_id"}
    section["foundation"] = {
        "create_project": {"folder": "123456789012", "billing_account": {"terraform": "zone.billing.account"}}
    }
    config["config"]["groundwork:terraform"] = dict(states)
    file.write_text(yaml.safe_dump(config))


def test_it_is_as_terraform_says(landed: Landed) -> None:
    """By a state in a file, and by one in a bucket."""
    state = json.loads(landed.place.pulumi("stack", "export", "--stack", "dev", "--show-secrets").stdout)
    resources = {each["urn"].rpartition("::")[2]: each for each in state["deployment"]["resources"]}
    told = next(each for each in resources.values() if each["type"] == "pulumi:pulumi:Stack")["outputs"]["factory"]["forecasting"]

    assert ["grace@northwind.example", "alan@northwind.example"] == told["reviewers"]
    assert 2 == len(told["identities"])
    assert (0.12, 1.05) == (told["gate"]["wape"]["at_most"], told["gate"]["wape"]["ratio_to_baseline"])
    assert "10.40.0.0/20" == next(each["inputs"]["ipCidrRange"] for each in resources.values() if "Subnetwork" in each["type"])
    assert str(INSTALLATION) in json.dumps(resources["github"]["inputs"])
    assert BILLING in json.dumps(resources["project"]["inputs"])


def test_a_change_in_terraform_is_all_that_a_preview_shows(landed: Landed) -> None:
    landed.apply("default", installation_id=OTHER_INSTALLATION, billing_account=BILLING)
    landed.apply("prod", range="10.40.0.0/19")
    landed.upload("prod")

    assert {"github": "update", "private-subnet": "update"} == landed.changes()
    assert "10.40.0.0/19" in landed.said[-1]
    assert "[secret]" in landed.said[-1]

    landed.pulumi("up", "--diff")
    assert {} == landed.changes()


def test_what_is_missing_is_told_with_what_there_is(landed: Landed) -> None:
    file = landed.place.checkout / "Pulumi.dev.yaml"
    right = file.read_text()
    file.write_text(right.replace("shared.network.range", "shared.netwrok.range"))
    try:
        done = landed.place.pulumi("preview", "--stack", "dev", check=False)
    finally:
        file.write_text(right)

    landed.said.append(done.stdout + done.stderr)
    assert done.returncode
    assert (
        "groundwork:environment.network.range: `shared` (gs://northwind-ml-dev-state/landing-zone/prod.tfstate) has no output "
        "`netwrok`; did you mean `network`? There are: `billing`, `identities`," in landed.said[-1]
    )
    assert "Traceback" not in landed.said[-1]


@pytest.mark.parametrize("secret", [BILLING, str(INSTALLATION), str(OTHER_INSTALLATION)])
def test_what_is_sensitive_is_in_clear_nowhere_but_in_terraforms_state(landed: Landed, secret: str) -> None:
    """Not in the state and its copies, not in records, files and logs of the twin, not in what commands print."""
    apart = landed.place.twin / "secrets", landed.place.twin / BUCKET
    files = [
        path for path in landed.place.twin.rglob("*") if path.is_file() and not any(folder in path.parents for folder in apart)
    ]

    assert len(files) > 50
    assert [] == [path for path in files if secret.encode() in path.read_bytes()]
    assert [] == [said for said in landed.said if secret in said]
    kept = [path for path in apart[0].iterdir() if secret.encode() in path.read_bytes()]
    assert bool(kept) is (secret != str(INSTALLATION)), "the twin has what it is told, apart, and keeps nothing else"
