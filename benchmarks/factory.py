"""Cost of the factory: from a push to the open pull request without the steps' own work, and for retracting many objects."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from benchmarks.measure import Line, once
from groundwork.adapters.connect import connect
from groundwork.cli.demo.checkout import change_notebook, clone
from groundwork.cli.demo.parts import Stage
from groundwork.factory.effects.object_folder import Objects
from groundwork.factory.ledger import Ledger, candidates
from groundwork.twin import lifecycle
from groundwork.twin.core import shell
from groundwork.twin.registry import RESOURCE_TYPES

ROOT = Path(__file__).parents[1]
BRANCH = "feature/bench"
MANY = 10_000
BUCKET, PROJECT = "bench-many-objects", "bench-project"
OWN_WORK = ("stack", "checks", "build")
"""Effects that spend their time in Pulumi's engine and in the candidate's build."""


def measure() -> Iterator[Line]:
    """Yield both benchmarks."""
    with tempfile.TemporaryDirectory() as folder:
        yield _push(Path(folder) / "twin")
    with tempfile.TemporaryDirectory() as folder:
        yield _many(Path(folder))


def _push(root: Path) -> Line:
    stage = Stage(root, ROOT)
    change_notebook(clone(stage.repository, stage.clone), BRANCH)
    outputs = stage.up("dev")
    stage.load(outputs)
    whole = once(lambda: stage.push(BRANCH))
    ledger = f"gs://{outputs['raw_bucket'].removesuffix('-raw')}-ledger"
    (candidate,) = candidates(stage.platform.objects, ledger)
    work = _own_work(Ledger(stage.platform.objects, ledger, candidate))
    return Line("push to open pull request, beyond the steps' work", whole - work, "the steps' work", work, "must be under 5 s")


def _own_work(ledger: Ledger) -> float:
    """Return the seconds of the engine, of the candidate's build, and of measuring and rendering."""
    records = ledger.read()
    at = {(record.type, record.key): datetime.fromisoformat(record.at) for record in records}
    spans = [at["applied", key] - at["planned", key] for key in OWN_WORK]
    spans += [at["reverted", "stack"] - at["applied", "results"]]
    spans += [at["completed", "gate"] - at["completed", "capture"], at["completed", "report"] - at["completed", "gate"]]
    return sum(span.total_seconds() for span in spans)


def _many(root: Path) -> Line:
    store = shell.make(root / "twin")
    service = RESOURCE_TYPES["gcp:projects/service:Service"]
    lifecycle.create(store, service, lifecycle.completed(service, {"service": "storage.googleapis.com"}, PROJECT))
    resource_type = RESOURCE_TYPES["gcp:storage/bucket:Bucket"]
    lifecycle.create(
        store, resource_type, lifecycle.completed(resource_type, {"name": BUCKET, "location": "EUROPE-WEST2"}, PROJECT)
    )
    beside = root / "beside"
    for folder in (store.root / "buckets" / BUCKET / "candidate", beside):
        folder.mkdir(parents=True)
        for number in range(MANY):
            (folder / f"{number}.txt").write_text("x")
    effect = Objects(connect(f"twin:{store.root}"))
    intent = {"prefix": f"gs://{BUCKET}/candidate"}
    taken, plain = once(lambda: effect.revert(intent)), once(lambda: shutil.rmtree(beside))
    if effect.leftovers(intent):
        raise RuntimeError("the benchmark is not valid: objects are left")
    return Line(f"retracting {MANY} objects", taken, "removing as many files", plain, "must be under 10 s")
