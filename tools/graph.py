"""Run a Pulumi program against nothing and look at the graph that it would build."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi.runtime import mocks

from groundwork.twin.bigquery.dataset_access import DatasetAccess
from groundwork.twin.interfaces.mocks import Gcp

PROJECT = "northwind-ml-dev"
"""Where a program without a stack's configuration is."""

RUNTIME: Any = pulumi.runtime  # which has no types where we need it


class Monitor(mocks.MockMonitor):
    """Remembers besides what each resource waits for."""

    def __init__(self, project: str, *, anything: bool) -> None:
        super().__init__(Gcp(project, anything=anything))
        self.waits: dict[str, set[str]] = {}

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802  gRPC's name for it
        """Register it, and note what it waits for."""
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


def member_of(given: Mapping[str, Any]) -> str:
    """Return the IAM member that a resource's inputs grant something to, by any kind of grant; "" where they grant nothing."""
    return "" if "role" not in given else str(given.get("member") or DatasetAccess().whom(given))


def _address(urn: str) -> str:
    _, _, types, name = urn.split("::")
    return f"{types.split('$')[-1]}::{name}"


@contextmanager
def graphs() -> Iterator[Callable[..., Graph]]:
    """Give a function that runs a program on Pulumi's mocks and tells what it would build.

    What Google would refuse for itself is refused, unless the program may do `anything`.
    """
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    worker = ThreadPoolExecutor(1)  # in which Pulumi opens an event loop that nobody closes; one thread, so one to close
    loop.set_default_executor(worker)

    def build(
        program: Callable[[], object], stack: str = "dev", config: Mapping[str, str] | None = None, *, anything: bool = False
    ) -> Graph:
        RUNTIME.settings.set_root_resource(None)  # or it would be one of all the programs that this process runs
        monitor = Monitor((config or {}).get("gcp:project", PROJECT), anything=anything)
        mocks.set_mocks(monitor.mocks, project="groundwork", stack=stack, monitor=monitor)
        pulumi.runtime.set_all_config(dict(config or {}))

        outputs: dict[str, Any] = {}

        def run() -> pulumi.Output[None]:
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
