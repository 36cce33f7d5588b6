"""Run a Pulumi program on Pulumi's mocks and return the graph of its resources."""

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
"""The project of a program without a stack configuration."""

RUNTIME: Any = pulumi.runtime  # its private parts have no types


class Monitor(mocks.MockMonitor):
    """Also records the dependencies of each resource."""

    def __init__(self, project: str, *, anything: bool) -> None:
        super().__init__(Gcp(project, anything=anything))
        self.waits: dict[str, set[str]] = {}

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802  gRPC's name for it
        """Register a resource and record its dependencies."""
        mock: Any = super()  # the method has no types
        answer = mock.RegisterResource(request)
        direct = {_address(urn) for urn in [*request.dependencies, request.parent] if urn}
        self.waits[_address(answer.urn)] = direct.union(*(self.waits.get(address, set()) for address in direct))
        return answer


@dataclass(frozen=True)
class Graph:
    """The result of a program: number of resources by type, their inputs by `type::name`, and the stack's outputs."""

    counts: Mapping[str, int]
    values: Mapping[str, Mapping[str, Any]]
    outputs: Mapping[str, Any]
    waits: Mapping[str, set[str]]
    """Direct and indirect dependencies of each resource."""


def member_of(inputs: Mapping[str, Any]) -> str:
    """Return the IAM member of a grant, from the inputs of its resource; "" if the resource is not a grant."""
    return "" if "role" not in inputs else str(inputs.get("member") or DatasetAccess().whom(inputs))


def _address(urn: str) -> str:
    _, _, types, name = urn.split("::")
    return f"{types.split('$')[-1]}::{name}"


@contextmanager
def graphs() -> Iterator[Callable[..., Graph]]:
    """Yield a function that runs a program on Pulumi's mocks and returns its graph.

    The mocks refuse inputs that Google would refuse, except with `anything`.
    """
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    worker = ThreadPoolExecutor(1)  # Pulumi opens an event loop per thread and does not close it, so use one thread
    loop.set_default_executor(worker)

    def build(
        program: Callable[[], object], stack: str = "dev", config: Mapping[str, str] | None = None, *, anything: bool = False
    ) -> Graph:
        RUNTIME.settings.set_root_resource(None)  # otherwise all programs of this process share one root
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
    worker.submit(lambda: asyncio.get_event_loop_policy().get_event_loop().close()).exception()  # an unused worker has no loop
    worker.shutdown()
    loop.close()
