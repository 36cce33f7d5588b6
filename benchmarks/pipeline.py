"""Overhead of the runner per step: a pipeline of many empty steps, compared with a pipeline of one step.

The module has no postponed annotations, because kfp reads the annotations of components.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import Line, once
from groundwork.adapters.connect import connect
from groundwork.ports.runner import new_run
from groundwork.twin.core.store import Store

MANY = 20
BUCKET = "bench-artifacts"


def measure() -> Iterator[Line]:
    """Yield the cost of one empty step."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder))
        inputs = {"name": BUCKET, "project": "bench-project", "location": "europe-west2"}
        store.put("gcp:storage/bucket:Bucket", BUCKET, inputs, ready=True)
        (store.root / "buckets" / BUCKET).mkdir(parents=True)
        one, many = (_run(store, count) for count in (1, MANY))
        yield Line("a pipeline's empty step", (many - one) / (MANY - 1), "a pipeline of one step", one, "must be under 0.2 s")


def _run(store: Store, count: int) -> float:
    from kfp import dsl  # type: ignore[import-untyped]  # noqa: PLC0415  its import has its own benchmark

    @dsl.component(install_kfp_package=False)  # type: ignore[untyped-decorator]  # kfp has no types
    def nothing() -> None:
        pass

    @dsl.pipeline(name="bench")  # type: ignore[untyped-decorator]  # as above
    def steps() -> None:
        before = nothing()
        for _ in range(count - 1):
            before = nothing().after(before)

    runner, name = connect(f"twin:{store.root}").runner, new_run("bench")
    seconds = once(lambda: runner.run(steps, {}, run=name, deployment="bench", root=f"gs://{BUCKET}/runs/{name}"))
    (run,) = [run for run in runner.runs() if run.id == name]
    if run.status != "succeeded":
        raise RuntimeError(f"the measured run ended with {run.status}: {run.error}")
    return seconds
