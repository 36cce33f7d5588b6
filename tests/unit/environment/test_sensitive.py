"""What Terraform calls sensitive is a secret of Pulumi's wherever the program uses it, or is not taken at all."""

from __future__ import annotations

import copy
import datetime as dt
import json
import runpy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_gcp as gcp
import pytest
from google.protobuf import json_format
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from groundwork.environment.file import Environment
from groundwork.environment.sensitive import Hidden
from groundwork.environment.terraform import state
from groundwork.environment.terraform.values import HIDEABLE
from groundwork.errors import GroundworkError
from groundwork.policy.enforce import enforce
from groundwork.policy.resource import Requirements
from groundwork.twin.interfaces.pulumi.wire import SECRET, SIGNATURE, decode
from groundwork.twin.registry import RESOURCE_TYPES
from tools import graph as mocked

if TYPE_CHECKING:
    from tests.conftest import Graph

ROOT = Path(__file__).parents[3]
GUIDE = ROOT / "docs/guides/terraform.md"
CANARY = "qZx7Wv9KpT"

CANARIES: dict[str, Any] = {
    "federation.repository_id": 730197351,
    "foundation.create_project.billing_account": "0C4A7B-D19E35-7F20C8",
    "foundation.create_project.folder": "839105726640",
    "foundation.create_project.organization": "502846193377",
    "monitoring.budget.amount": 6190473,
    "network.range": "10.173.96.0/20",
    "repository.installation_id": 57283946,
}

Configuration = Callable[[str], dict[str, str]]
Built = Callable[..., "Graph"]


class Watching(mocked.Monitor):
    """Keeps the requests of a program to the engine, with their secrets marked."""

    sent: list[tuple[str, str, dict[str, Any]]] = []  # noqa: RUF012  each test begins with an empty one

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802  gRPC's name for it
        self.sent.append((request.type, request.name, json_format.MessageToDict(request.object)))
        if resource_type := RESOURCE_TYPES.get(request.type):
            inputs = {**resource_type.defaults, **decode(request.object)}
            self.sent.append(
                (request.type, f"computed of {request.name}", {"id": resource_type.id(inputs), **resource_type.outputs(inputs)})
            )
        return super().RegisterResource(request)

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802  as above
        self.sent.append(("outputs", request.urn, json_format.MessageToDict(request.outputs)))
        mock: Any = super()  # without types
        return mock.RegisterResourceOutputs(request)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder that local states are read from."""
    monkeypatch.setattr(state, "ROOT", tmp_path)
    return tmp_path


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, dict[str, Any]]]:
    """Return the requests of programs on Pulumi's mocks: type, name, and inputs or outputs."""
    monkeypatch.setattr(mocked, "Monitor", Watching)
    monkeypatch.setattr(Watching, "sent", [])
    return Watching.sent


def in_clear(value: Any) -> Iterator[str]:
    """Yield every key and every value that is not part of a secret."""
    match value:
        case {"4dabf18193072939515e22adb298388d": mark} if mark == SECRET:
            return
        case dict():
            for key, inner in value.items():
                yield key
                yield from in_clear(inner)
        case list():
            for inner in value:
                yield from in_clear(inner)
        case float() if value.is_integer():
            yield str(int(value))
        case _:
            yield str(value)


def secrets(value: Any) -> Iterator[Any]:
    """Yield every secret."""
    match value:
        case dict() if value.get(SIGNATURE) == SECRET:
            yield value["value"]
        case dict():
            for inner in value.values():
                yield from secrets(inner)
        case list():
            for inner in value:
                yield from secrets(inner)


def placed(section: dict[str, Any], path: str, value: Any) -> None:
    *parents, last = path.split(".")
    for name in parents:
        section = section.setdefault(name, {})
    section[last] = value


def state_of(folder: Path, **outputs: Any) -> None:
    """Write a state with sensitive outputs."""
    entries = {name: {"value": value, "sensitive": True} for name, value in outputs.items()}
    (folder / "terraform.tfstate").write_text(json.dumps({"version": 4, "outputs": entries}))


def program() -> None:
    runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")


@pytest.mark.parametrize("parent", ["folder", "organization"])
def test_every_setting_that_may_be_sensitive_is_hidden_in_all_resources(
    graph: Built, configuration: Configuration, project: Path, sent: list[tuple[str, str, dict[str, Any]]], parent: str
) -> None:
    """It is in no name, id, output or export, and in inputs only as a secret: Pulumi keeps and prints nothing else."""
    config = configuration("prod")
    section = json.loads(config["groundwork:environment"])
    other = {"folder": "organization", "organization": "folder"}[parent]
    canaries = {path: value for path, value in CANARIES.items() if not path.endswith(other)}
    for path in canaries:
        placed(section, path, {"terraform": f"zone.{path.replace('.', '_')}"})
    state_of(project, **{path.replace(".", "_"): value for path, value in canaries.items()})
    states = json.dumps({"zone": {"state": "."}})

    built = graph(program, "prod", {**config, "groundwork:environment": json.dumps(section), "groundwork:terraform": states})

    assert set(CANARIES) == set(HIDEABLE)
    clear = [text for type_, name, values in sent for text in (name, type_, *in_clear(values))]
    clear += in_clear(json.loads(json.dumps(dict(built.outputs), default=str)))
    hidden = json.dumps([secret for _, _, values in sent for secret in secrets(values)])
    assert len(clear) > 2000
    for path, value in canaries.items():
        assert [] == [text for text in clear if str(value).partition("/")[0] in text], path
        assert str(value) in hidden, f"{path} is not used: the test shows nothing"


def test_nested_computed_and_embedded_values_are_hidden(graph: Built, sent: list[tuple[str, str, dict[str, Any]]]) -> None:
    def small() -> None:
        Hidden(frozenset({CANARY, "57283946"})).everywhere()
        later = pulumi.Output.from_input("northwind").apply(lambda name: {"of": f"{name}-{CANARY}", "plain": "x"})
        gcp.storage.Bucket(
            "raw",
            name="raw",
            location="EU",
            labels={"part": f"a{CANARY}b", "number": "57283946", "plain": "as it is"},
            cors=[gcp.storage.BucketCorArgs(origins=["x", CANARY], max_age_seconds=57283946)],
            logging={"log_bucket": later["of"]},
            project="northwind-ml-dev",
        )

    graph(small, anything=True)

    (inputs,) = [values for type_, name, values in sent if (type_, name) == ("gcp:storage/bucket:Bucket", "raw")]
    assert [] == [text for text in in_clear(inputs) if CANARY in text or "57283946" in text]
    assert "as it is" == inputs["labels"]["plain"]
    assert "x" == inputs["cors"][0]["origins"][0]
    assert {f"a{CANARY}b", "57283946", CANARY, 57283946.0, f"northwind-{CANARY}"} == set(secrets(inputs))


def test_a_sensitive_value_in_a_resource_s_name_is_refused(graph: Built) -> None:
    """The shipped program has no such name; the test is for changes of it."""

    def small() -> None:
        Hidden(frozenset({CANARY})).everywhere()
        gcp.storage.Bucket(f"of-{CANARY}", name="raw", location="EU", project="northwind-ml-dev")

    with pytest.raises(pulumi.RunError) as refused:
        graph(small)
    assert "(sensitive-name-refused)" in str(refused.value)
    assert CANARY not in str(refused.value)


def test_a_policy_error_does_not_show_a_sensitive_value(graph: Built) -> None:
    hidden = Hidden(frozenset({"europe-north9"}))
    requirements = Requirements(
        region="europe-west2", labels={}, protect_data=False, encrypted=False, deployer="d@x.y", deployer_roles=frozenset()
    )

    def small() -> None:
        enforce(requirements, (), dt.date(2026, 11, 24), masked=hidden.masked)
        gcp.storage.Bucket("raw", name="raw", location="europe-north9", project="northwind-ml-dev")

    with pytest.raises(Exception, match="policy-refused") as refused:
        graph(small)
    assert "its location `[secret]` is not in europe-west2" in str(refused.value)
    assert "europe-north9" not in str(refused.value)


@pytest.fixture
def refusal(section: dict[str, Any], project: Path) -> Callable[[str, Any], str]:
    """Return a function that sets a setting of dev to a sensitive value, and returns the error, "" for none."""

    def refused(path: str, value: Any) -> str:
        state_of(project, x=value)
        changed = copy.deepcopy(section)
        if "create_project" in path:
            changed["foundation"] = {"create_project": {"folder": "123456", "billing_account": "0A1B2C-3D4E5F-6A7B8C"}}
        placed(changed, path, {"terraform": "zone.x"})
        config = {"gcp:project": "northwind-ml-dev", "groundwork:environment": json.dumps(changed)}
        pulumi.runtime.set_all_config({**config, "groundwork:terraform": '{"zone": {"state": "."}}'})
        try:
            Environment.load()
        except GroundworkError as error:
            return f"{error.message}{error.__cause__ or ''}"
        return ""

    return refused


def leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    match value:
        case dict():
            for name, inner in value.items():
                yield ".".join((*path, name))
                yield from leaves(inner, (*path, name))


def test_every_other_setting_refuses_sensitive_values(section: dict[str, Any], refusal: Callable[[str, Any], str]) -> None:
    paths = [path for path in leaves(section) if path not in HIDEABLE]

    assert len(paths) > 40
    for path in paths:
        message = refusal(path, CANARY)
        assert (
            f"groundwork:environment.{path}: the sensitive output `x` of `zone` (./terraform.tfstate) could not be kept"
            in message
        )
        assert CANARY not in message


@pytest.mark.parametrize("value", [True, False, None, 12345, "short", "", ["0A1B2C-3D4E5F-6A7B8C"], {"a": "b"}, 0.25])
def test_a_value_that_looks_like_other_text_is_refused(refusal: Callable[[str, Any], str], value: Any) -> None:
    assert "use text, or a number, of at least 6 characters" in refusal("repository.installation_id", value)


def test_a_mistake_in_a_sensitive_value_is_reported_without_it(refusal: Callable[[str, Any], str]) -> None:
    @settings(max_examples=80, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(path=st.sampled_from(HIDEABLE), before=st.text(max_size=70), after=st.text(max_size=70))
    def tried(path: str, before: str, after: str) -> None:
        message = refusal(path, f"{before}{CANARY}{after}")
        assert message, path
        assert CANARY[:4] not in message, message

    tried()


def test_a_number_that_is_too_large_is_reported_without_it(refusal: Callable[[str, Any], str]) -> None:
    message = refusal("repository.installation_id", 57283946000000000000000)

    assert (
        "groundwork:environment.repository.installation_id: should be less than 9223372036854775808, not '[secret]' "
        "(the sensitive output `x` of `zone` (./terraform.tfstate))"
    ) in message
    assert "57283946" not in message


def test_a_mistake_that_involves_a_sensitive_value_is_reported_without_it(
    section: dict[str, Any], refusal: Callable[[str, Any], str]
) -> None:
    section["network"]["private_services"] = "10.173.0.0/16"

    assert "private_services, 10.173.0.0/16, overlaps with range, [secret]" in refusal("network.range", "10.173.96.0/20")


def test_the_guide_lists_the_settings_that_may_be_sensitive() -> None:
    listed = [line.split("`")[1] for line in GUIDE.read_text().splitlines() if line.startswith("- `")]

    assert list(HIDEABLE) == listed
