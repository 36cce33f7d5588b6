"""Run a Pulumi program against nothing and look at the graph that it would build."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml
from pulumi.runtime import mocks

from groundwork.twin.services.lookups import AGENTS
from groundwork.twin.services.projects import agent

INVENTORY = Path(__file__).parent / "inventory"
RUNTIME: Any = pulumi.runtime  # which has no types where we need it


def pytest_configure(config: pytest.Config) -> None:
    """Let Google's SDK import modules of its own that it deprecates: no program can keep it from doing so."""
    config.addinivalue_line("filterwarnings", r"ignore:gcp\..* has been deprecated in favor of gcp\.:DeprecationWarning")


class Gcp(mocks.Mocks):
    """Answers as the provider would, for the outputs that our code reads."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        given = args.inputs
        computed: dict[str, Any] = {}
        match args.typ:
            case "gcp:storage/bucket:Bucket":
                computed = {"url": f"gs://{given['name']}"}
            case "gcp:serviceaccount/account:Account":
                email = f"{given['accountId']}@{given['project']}.iam.gserviceaccount.com"
                name = f"projects/{given['project']}/serviceAccounts/{email}"
                computed = {"email": email, "member": f"serviceAccount:{email}", "name": name}
            case "gcp:projects/serviceIdentity:ServiceIdentity":
                email = f"service-1@gcp-sa-{given['service'].partition('.')[0]}.iam.gserviceaccount.com"
                computed = {"email": email, "member": f"serviceAccount:{email}"}
            case "gcp:iam/workloadIdentityPool:WorkloadIdentityPool":
                computed = {"name": f"projects/1/locations/global/workloadIdentityPools/{given['workloadIdentityPoolId']}"}
            case "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider":
                where = f"projects/1/locations/global/workloadIdentityPools/{given['workloadIdentityPoolId']}"
                computed = {"name": f"{where}/providers/{given['workloadIdentityPoolProviderId']}"}
            case "gcp:logging/projectSink:ProjectSink":
                computed = {"writerIdentity": "serviceAccount:service-1@gcp-sa-logging.iam.gserviceaccount.com"}
            case "gcp:monitoring/notificationChannel:NotificationChannel":
                computed = {"name": f"projects/{given['project']}/notificationChannels/{args.name}"}
        return f"{args.name}-id", {**computed, **given}

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        if args.token not in AGENTS:
            raise AssertionError(f"no component should call {args.token}: pass the value in")
        email = agent(args.args["project"], AGENTS[args.token])
        return {"email": email, "emailAddress": email, "id": email, "member": f"serviceAccount:{email}"}, []


class Monitor(mocks.MockMonitor):
    """Remembers besides what each resource waits for."""

    def __init__(self) -> None:
        super().__init__(Gcp())
        self.waits: dict[str, set[str]] = {}

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802  gRPC's name for it
        mock: Any = super()  # without types
        answer = mock.RegisterResource(request)
        direct = {_address(urn) for urn in [*request.dependencies, request.parent] if urn}
        self.waits[_address(answer.urn)] = direct.union(*(self.waits.get(address, set()) for address in direct))
        return answer


@dataclass(frozen=True)
class Graph:
    """What a program would build: how many of each type, each one's inputs by `type::name`, and the stack's outputs."""

    counts: Mapping[str, int]
    values: Mapping[str, Mapping[str, Any]]
    outputs: Mapping[str, Any]
    waits: Mapping[str, set[str]]
    """What has to be there before each, directly or not."""


def _address(urn: str) -> str:
    _, _, types, name = urn.split("::")
    return f"{types.split('$')[-1]}::{name}"


@pytest.fixture(scope="module")
def graph() -> Iterator[Callable[..., Graph]]:
    """Return a function that runs a program on Pulumi's mocks and tells what it would build."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    worker = ThreadPoolExecutor(1)  # in which Pulumi opens an event loop that nobody closes; one thread, so one to close
    loop.set_default_executor(worker)

    def build(program: Callable[[], object], stack: str = "dev", config: Mapping[str, str] | None = None) -> Graph:
        monitor = Monitor()
        mocks.set_mocks(monitor.mocks, project="groundwork", stack=stack, monitor=monitor)
        pulumi.runtime.set_all_config(dict(config or {}))

        outputs: dict[str, Any] = {}

        def run() -> pulumi.Output[None]:
            RUNTIME.stack.get_root_resource().outputs.clear()  # Pulumi has one root for all that a process runs
            program()
            return pulumi.Output.from_input(RUNTIME.stack.get_root_resource().outputs).apply(outputs.update)

        RUNTIME.test(run)()
        values = {_address(urn): resource.state for urn, resource in monitor.get_registered_resources().items()}
        built = Counter(address.split("::")[0] for address in values if "pulumi:pulumi" not in address)
        return Graph(built, values, outputs, monitor.waits)

    yield build
    worker.submit(lambda: asyncio.get_event_loop_policy().get_event_loop().close()).exception()  # a worker without work has none
    worker.shutdown()
    loop.close()


@pytest.fixture(scope="session")
def matches_inventory() -> Callable[[Graph, str], None]:
    """Return a check of a graph against an inventory: `counts` exact, `values` a subset."""

    def check(graph: Graph, name: str) -> None:
        file = INVENTORY / f"{name}.yaml"
        expected = yaml.safe_load(file.read_text()) if file.exists() else {"values": {}}
        built = {
            "counts": dict(graph.counts),
            "values": {
                address: {key: graph.values.get(address, {}).get(key, "__missing__") for key in wanted}
                for address, wanted in expected["values"].items()
            },
        }
        assert expected == built, f"{name}.yaml differs; this was built:\n{yaml.safe_dump(built, sort_keys=False)}"

    return check
