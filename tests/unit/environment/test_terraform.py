"""Values from Terraform's state arrive typed, are checked like any other, and a mistake is told with a way out."""

from __future__ import annotations

import copy
import importlib
import json
import os
import shutil
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from groundwork.environment.file import Environment
from groundwork.environment.terraform import state
from groundwork.environment.validation_messages import SECTION
from groundwork.errors import GroundworkError
from groundwork.twin import lifecycle
from groundwork.twin.core.store import Store
from groundwork.twin.registry import RESOURCE_TYPES
from groundwork.twin.storage.fsspec_entry_point import TwinStorage
from tests.helpers.hostile_strings import NASTIES

RECORDED = Path(__file__).parents[2] / "data/terraform"
"""States that Terraform 1.11.4 wrote for `integrations/terraform/main.tf`: the default workspace, and `prod`."""

UNSEEN = {"Cc", "Cf", "Co", "Cs"}
"""What a terminal would obey, or a reader not see."""

Loads = Callable[..., Environment]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder that local states are looked for in."""
    monkeypatch.setattr(state, "ROOT", tmp_path)
    return tmp_path


@pytest.fixture
def loads(section: dict[str, Any]) -> Loads:
    """Return a function that loads dev's environment with some settings changed, and with states."""

    def loaded(changes: dict[str, Any], states: Any = None) -> Environment:
        changed = copy.deepcopy(section)
        for path, value in changes.items():
            *parents, last = path.split(".")
            part: Any = changed
            for name in parents:
                part = part.setdefault(name, {})
            part[last] = value
        text = states if isinstance(states, str) else json.dumps(states or {"zone": {"state": "tests/data/terraform"}})
        config = {"gcp:project": "northwind-ml-dev", "groundwork:environment": json.dumps(changed), "groundwork:terraform": text}
        pulumi.runtime.set_all_config(config)
        return Environment.load()

    return loaded


def of(reference: str) -> dict[str, str]:
    return {"terraform": reference}


def written(file: Path, outputs: dict[str, Any], **others: Any) -> None:
    """Write a state with these outputs, those whose names begin with `secret` sensitive."""
    file.parent.mkdir(parents=True, exist_ok=True)
    told = {name: {"value": value, "sensitive": name.startswith("secret")} for name, value in outputs.items()}
    file.write_text(json.dumps({"version": 4, "outputs": told, **others}))


def mistakes(loads: Loads, changes: dict[str, Any], states: Any = None) -> list[str]:
    with pytest.raises(GroundworkError) as refused:
        loads(changes, states)
    assert refused.value.code == "environment-invalid"
    assert refused.value.hint
    return [line.strip() for line in refused.value.message.splitlines()[1:-1]]


def test_values_arrive_typed(loads: Loads) -> None:
    environment = loads(
        {
            "region": of("zone.region"),
            "reviewers": of("zone.reviewers"),
            "factory.identities": of("zone.identities"),
            "protect_data": of("zone.protected"),
            "network": of("zone.network"),
            "deployments.forecasting.gate.wape": of("zone.thresholds"),
            "monitoring.alert_emails": [of("zone.reviewers.1")],
            "repository.installation_id": of("zone.installation_id"),
        }
    )

    assert "europe-west2" == environment.region
    assert ("grace@northwind.example", "alan@northwind.example") == environment.reviewers
    assert 2 == environment.factory.identities
    assert environment.protect_data is False
    assert environment.network
    assert "10.30.0.0/20" == environment.network.range
    assert (0.12, 1.05) == (
        environment.deployments["forecasting"].gate["wape"].at_most,
        environment.deployments["forecasting"].gate["wape"].ratio_to_baseline,
    )
    assert environment.monitoring
    assert ("alan@northwind.example",) == environment.monitoring.alert_emails
    assert 48291734 == environment.repository.installation_id


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder that is the bucket `states` on a twin, which `gs://` leads to."""
    store = Store(tmp_path / "twin")
    for token, inputs in (
        ("gcp:projects/service:Service", {"service": "storage.googleapis.com"}),
        ("gcp:storage/bucket:Bucket", {"name": "states", "location": "europe-west2"}),
    ):
        lifecycle.create(store, RESOURCE_TYPES[token], lifecycle.completed(RESOURCE_TYPES[token], inputs, "northwind-ml-dev"))
    monkeypatch.setenv("GROUNDWORK_TWIN", str(store.root))
    monkeypatch.setitem(importlib.import_module("fsspec.registry")._registry, "gs", TwinStorage)
    return store.root / "buckets/states"


NOTE = "says where the state is, and is not the state: name "


@pytest.mark.parametrize(
    ("given", "network"),
    [
        ({"state": "tests/data/terraform"}, "10.30.0.0/20"),
        ({"state": "tests/data/terraform/"}, "10.30.0.0/20"),
        ({"state": "tests/data/terraform/terraform.tfstate"}, "10.30.0.0/20"),
        ({"state": "tests/data/terraform", "workspace": "prod"}, "10.40.0.0/20"),
        ({"state": "tests/data/terraform/terraform.tfstate", "workspace": "prod"}, "10.40.0.0/20"),
        ({"state": "tests/data/terraform/terraform.tfstate.d/prod/terraform.tfstate"}, "10.40.0.0/20"),
        ({"state": "gs://states/landing-zone"}, "10.30.0.0/20"),
        ({"state": "gs://states/landing-zone/", "workspace": "prod"}, "10.40.0.0/20"),
        ({"state": "gs://states/landing-zone/prod.tfstate"}, "10.40.0.0/20"),
        ({"state": "gs://states"}, "10.40.0.0/20"),
    ],
)
def test_a_state_is_where_terraform_keeps_it(loads: Loads, bucket: Path, given: dict[str, str], network: str) -> None:
    recorded = {"default": RECORDED / "terraform.tfstate", "prod": RECORDED / "terraform.tfstate.d/prod/terraform.tfstate"}
    (bucket / "landing-zone").mkdir()
    for workspace, file in recorded.items():
        shutil.copy(file, bucket / f"landing-zone/{workspace}.tfstate")
    shutil.copy(recorded["prod"], bucket / "default.tfstate")

    environment = loads({"network.range": of("zone.network.range")}, {"zone": given})

    assert environment.network
    assert network == environment.network.range


def test_a_missing_output_is_told_with_those_there_are(loads: Loads) -> None:
    (mistake,) = mistakes(loads, {"region": of("zone.regoin")})

    assert mistake == (
        "groundwork:environment.region: `zone` (tests/data/terraform/terraform.tfstate) has no output `regoin`; did you mean "
        "`region`? There are: `billing`, `identities`, `installation_id`, `network`, `protected`, `region`, `reviewers`, "
        "`thresholds`"
    )


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("zne.region", "there is no state `zne` in `groundwork:terraform`; did you mean `zone`? There are: `zone`"),
        ("zone", "'zone' names no output: write <state>.<output>, and .<key> for a value inside of it"),
        ("zone.", "'zone.' names no output"),
        ("zone.network.", "'zone.network.' names no output"),
        ("", "'' names no output"),
        ("zone.network.rang", "there is no `rang` in `zone.network`, which is a map; did you mean `range`? There are: `range`"),
        ("zone.reviewers.2", "there is no `2` in `zone.reviewers`, which is a list of 2, counted from 0"),
        ("zone.reviewers.-1", "there is no `-1` in `zone.reviewers`, which is a list of 2, counted from 0"),
        ("zone.region.a", "there is no `a` in `zone.region`, which is neither a map nor a list"),
        ("zone.billing.acount", "there is no `acount` in `zone.billing`, which is sensitive"),
        ("zone.\x1b[2J", "`zone` (tests/data/terraform/terraform.tfstate) has no output '\\x1b[2J'; there are: `billing`"),
    ],
)
def test_a_reference_that_means_nothing_is_told(loads: Loads, reference: str, said: str) -> None:
    (mistake,) = mistakes(loads, {"client": of(reference)})

    assert mistake.startswith(f"groundwork:environment.client: {said}"), mistake


@pytest.mark.parametrize(
    ("states", "said"),
    [
        ("[", "groundwork:terraform: is not a mapping of names to states of Terraform's"),
        ('"x"', "groundwork:terraform: is not a mapping of names to states of Terraform's"),
        ({"zone": {}}, "groundwork:terraform.zone.state: is missing"),
        ({"zone": "tests/data/terraform"}, "groundwork:terraform.zone: "),
        ({"zone": {"sate": "x"}}, "groundwork:terraform.zone.state: is missing"),
        ({"zone": {"state": "/etc"}}, "groundwork:terraform.zone.state: '/etc' is not valid: a path within this project"),
        ({"zone": {"state": "../x"}}, "groundwork:terraform.zone.state: '../x' is not valid: a path within this project"),
        ({"zone": {"state": "s3://b/x"}}, "groundwork:terraform.zone.state: 's3://b/x' is not valid: gs://<bucket>/<prefix>"),
        ({"zone": {"state": "gs://b"}}, "groundwork:terraform.zone.state: 'gs://b' is not valid: gs://<bucket>/<prefix>"),
        ({"zone": {"state": "gs://states/../x"}}, "groundwork:terraform.zone.state: 'gs://states/../x' is not valid"),
        ({"zone": {"state": "gs://states//x"}}, "groundwork:terraform.zone.state: 'gs://states//x' is not valid"),
        (
            {"zone": {"state": "x", "workspace": "../y"}},
            "groundwork:terraform.zone.workspace: '../y' is not valid: the name of",
        ),
        (
            {"zone": {"state": "gs://states/x.tfstate", "workspace": "prod"}},
            "groundwork:terraform.zone: state names one object, and workspace another",
        ),
        ({"zone": {"state": "nowhere"}}, "groundwork:terraform.zone: nowhere/terraform.tfstate is not there: run `terraform app"),
        ({"zone": {"state": "gs://states/x"}}, "groundwork:terraform.zone: gs://states/x/default.tfstate is not there: compare"),
        ({"zone": {"state": "gs://other/x"}}, "groundwork:terraform.zone: gs://other/x/default.tfstate is not there: compare"),
        (
            {"a zone": {"state": "tests/data/terraform"}},
            "groundwork:terraform.'a zone': 'a zone' is not valid: a name for",
        ),
    ],
)
@pytest.mark.usefixtures("bucket")
def test_a_state_that_is_not_there_is_told_once_however_much_comes_from_it(loads: Loads, states: Any, said: str) -> None:
    first, *others = mistakes(loads, {"client": of("zone.client"), "region": of("zone.region")}, states)

    assert first.startswith(said), first
    assert [] == [other for other in others if other.startswith(said)]


@pytest.mark.usefixtures("bucket")
def test_a_state_that_may_not_be_read_is_told(loads: Loads, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDWORK_IDENTITY", "nobody@northwind-ml-dev.iam.gserviceaccount.com")

    (mistake,) = mistakes(loads, {"region": of("zone.region")}, {"zone": {"state": "gs://states/x"}})

    assert mistake.startswith(
        "groundwork:terraform.zone: gs://states/x/default.tfstate cannot be read: 'service account nobody@"
    ), mistake


def test_a_value_that_does_not_fit_is_told_with_where_it_is_from(loads: Loads) -> None:
    of_zone = "of `zone` (tests/data/terraform/terraform.tfstate))"

    assert [
        f"{SECTION}.factory.identities: should be a valid integer, not 'europe-west2' (the output `region` {of_zone}",
        f"{SECTION}.surprise: is not a setting (the output `network` {of_zone}",
    ] == mistakes(loads, {"factory.identities": of("zone.region"), "surprise": of("zone.network")})


def test_what_terraform_cannot_give_and_other_mistakes_are_told_at_once(loads: Loads) -> None:
    told = mistakes(loads, {"client": of("zone.client"), "region": 7, "network.range": of("zne.x")})

    assert ["client", "network.range", "region"] == sorted(line.split(":")[1].removeprefix("environment.") for line in told)


def test_a_value_is_data_and_names_no_other(loads: Loads, project: Path) -> None:
    written(project / "terraform.tfstate", {"range": "10.0.0.0/16", "sly": {"range": of("zone.range")}})

    (mistake,) = mistakes(loads, {"network": of("zone.sly")}, {"zone": {"state": "."}})

    assert "network.range: should be a valid string" in mistake


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty: run `terraform apply` first"),
        ("\n", "is empty"),
        ("PK\x03\x04\x14", "is a plan of Terraform's, or another archive"),
        (
            '{"version": 3, "backend": {"type": "gcs", "config": {"bucket": "tf", "prefix": "zone/a"}}}',
            "says where the state is, and is not the state: name 'gs://tf/zone/a'",
        ),
        ('{"version": 3, "backend": {"type": "gcs", "config": {"bucket": "tf", "prefix": null}}}', f"{NOTE}'gs://tf'"),
        ('{"version": 3, "backend": {"type": "local", "config": {"path": "a.tfstate"}}}', f"{NOTE}'a.tfstate'"),
        (
            '{"version": 3, "backend": {"type": "s3", "config": {"bucket": "tf"}}}',
            f"{NOTE}a copy of it in a bucket or in this project: the backend 's3' is",
        ),
        (
            '{"version": 3, "backend": {"type": "gcs", "config": 5}}',
            f"{NOTE}a copy of it in a bucket or in this project: the backend 'gcs' is",
        ),
        ('{"region": {"sensitive": false, "type": "string", "value": "x"}}', "is the output of `terraform output -json`"),
        ('{"format_version": "1.0", "values": {"outputs": {}}}', "is the output of `terraform show -json`"),
        ('{"format_version": "1.2", "planned_values": {}, "configuration": {}}', "is the output of `terraform show -json`"),
        ('{"ID": "x", "Operation": "apply", "Who": "ada", "Version": "1.11.4"}', "is a lock of Terraform's"),
        ('{"serial": 1, "encrypted_data": "x"}', "is encrypted (OpenTofu's state encryption)"),
        ('{"version": 4, "encrypted_data": "x", "outputs": {}}', "is encrypted (OpenTofu's state encryption)"),
        ("{", "is not JSON"),
        ("\x80", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("1" * 5000, "is not JSON"),
        ('{"version": 4, "outputs": {"x": {"value": NaN}}}', "is not JSON"),
        ('{"version": 4, "outputs": {"x": {"value": 1e999}}}', "is not JSON"),
        ("[]", "is not a state"),
        ("{}", "is not a state"),
        ('{"version": 3, "modules": []}', "is of version 3, not 4"),
        ('{"version": "4", "outputs": {}}', "is of version '4', not 4"),
        ('{"version": 5, "outputs": {}}', "is of version 5, not 4"),
        ('{"version": 4}', "is a state without outputs"),
        ('{"version": 4, "outputs": []}', "is a state without outputs"),
        ('{"version": 4, "outputs": {"x": 1}}', "has an output 'x' that is none"),
        ('{"version": 4, "outputs": {"x": {"type": "string"}}}', "has an output 'x' that is none"),
        ('{"version": 4, "outputs": {"x": {"value": "s", "sensitive": "false"}}}', "has an output 'x' that is none"),
    ],
)
def test_a_file_that_is_no_state_is_told(loads: Loads, project: Path, text: str, said: str) -> None:
    (project / "terraform.tfstate").write_text(text, encoding="latin-1")

    (mistake,) = mistakes(loads, {"region": of("zone.x")}, {"zone": {"state": "."}})

    assert mistake.startswith(f"groundwork:terraform.zone: ./terraform.tfstate {said}"), mistake


def test_a_state_without_outputs_says_that_there_are_none(loads: Loads, project: Path) -> None:
    written(project / "terraform.tfstate", {})

    (mistake,) = mistakes(loads, {"region": of("zone.region")}, {"zone": {"state": "."}})

    assert mistake.endswith("has no output `region`; there are none")


def test_no_more_is_read_than_a_state_has(loads: Loads, project: Path) -> None:
    with (project / "terraform.tfstate").open("wb") as file:
        file.truncate(40 * 2**30)

    (mistake,) = mistakes(loads, {"region": of("zone.region")}, {"zone": {"state": "."}})

    assert mistake.endswith("is larger than 32 MiB, which no state is")


@pytest.mark.parametrize("special", ["folder", "pipe", "link"])
def test_what_is_no_file_of_the_project_is_not_opened(loads: Loads, project: Path, special: str) -> None:
    """Opening a pipe would wait for ever."""
    file = project / "terraform.tfstate"
    match special:
        case "folder":
            file.mkdir()
        case "pipe":
            os.mkfifo(file)
        case "link":
            file.symlink_to(RECORDED / "terraform.tfstate")

    (mistake,) = mistakes(loads, {"region": of("zone.region")}, {"zone": {"state": "."}})

    assert ("leads out of this project" if special == "link" else "is not there") in mistake


def refusal(loads: Callable[[], object]) -> str:
    """Return how a file is refused, "" where it is not. Anything else that is raised is a traceback to a person."""
    try:
        loads()
    except GroundworkError as error:
        return error.message
    return ""


def test_hostile_values_are_told_like_any_other_mistake(loads: Loads, project: Path) -> None:
    """Whatever a state holds, a person reads one line about it, with nothing in it that a terminal would obey."""
    json_values = st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(),
                  st.sampled_from(NASTIES), st.just("\ud800")),
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3)),
        max_leaves=8,
    )  # fmt: skip
    places = ["client", "region", "reviewers", "factory", "network", "repository", "raw_tables", "deployments.forecasting.gate"]

    @settings(max_examples=150, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(place=st.sampled_from(places), value=json_values, name=st.one_of(st.just("x"), st.text(min_size=1)))
    def tried(place: str, value: Any, name: str) -> None:
        written(project / "terraform.tfstate", {name: value})
        said = refusal(lambda: loads({place: of("zone.x")}, {"zone": {"state": "."}}))
        listed = said.splitlines()[1:-1]
        assert all(line.startswith(("  groundwork:environment", "  groundwork:terraform")) for line in listed), said
        assert not any(unicodedata.category(each) in UNSEEN for each in said.replace("\n", "")), said

    tried()


@pytest.mark.parametrize("depth", [30, 200, 900, 50_000])
def test_no_depth_breaks_anything(loads: Loads, project: Path, depth: int) -> None:
    (project / "terraform.tfstate").write_text(f'{{"version": 4, "outputs": {{"x": {{"value": {"[" * depth}{"]" * depth}}}}}}}')

    assert mistakes(loads, {"region": of("zone.x")}, {"zone": {"state": "."}})
