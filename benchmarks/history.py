"""Cost of a long history: status, reconciliation and verification with many ended promotions, compared with few."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.measure import Line, best
from groundwork.adapters.connect import connect
from groundwork.contract.candidate import Candidate
from groundwork.contract.ledger_records import FIRST, Completed, Ended, Ending, OutcomeDecided, Record, Started, written
from groundwork.factory.audit import checkpoint, verified
from groundwork.factory.in_progress import Marks
from groundwork.factory.ledger import KnownCandidates
from groundwork.factory.status import promotion_statuses
from groundwork.twin import lifecycle
from groundwork.twin.core import shell
from groundwork.twin.registry import RESOURCE_TYPES

PROJECT, DEPLOYMENT = "bench-project", "forecasting"
FEW, MANY = 50, 1_000
RECORDS_EACH = 30


def measure() -> Iterator[Line]:
    """Yield the benchmarks of `status`, of a reconciliation's look-ups and of `audit verify`."""
    with tempfile.TemporaryDirectory() as folder:
        few, many = (
            {name: best(look, times=2) for name, look in _looks(Path(folder) / str(count), count)} for count in (FEW, MANY)
        )
    for name, seconds in many.items():
        yield Line(f"{name}, {MANY} ended", seconds, f"with {FEW}", few[name], "must be under 2 x, except the last")


def ledger(
    candidate: str, length: int = RECORDS_EACH, *, ended: bool = True, ending: Ending = "rejected"
) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of every object of a promotion's ledger, in the form that the factory writes."""
    previous = FIRST
    for record in _records(candidate, length, ending if ended else None):
        content = written(record.model_copy(update={"previous": previous}))
        previous = hashlib.sha256(content).hexdigest()
        yield f"promotions/{candidate}/{record.sequence:06d}.json", content
        yield f"markers/{candidate}/{record.sequence:06d}-{previous[:32]}", b""


def name(number: int) -> str:
    """Return the id of a made-up candidate."""
    return f"{DEPLOYMENT}-{number:012x}"


def _records(candidate: str, length: int, ending: Ending | None) -> Iterator[Record]:
    common: Any = {"at": "2026-11-30T12:00:00.000+00:00", "by": "a-build"}
    commit = Candidate(
        id=candidate, deployment=DEPLOYMENT, branch=f"feature/{candidate}", target="release", commit=candidate[-12:] + "0" * 28,
        author="ada@northwind.example", subject="Fit", parent="", base="b" * 40,
    )  # fmt: skip
    yield Started(key=candidate, candidate=commit, sequence=0, **common)
    for number in range(1, length - 2 if ending else length):
        yield Completed(key=f"step-{number}", output={"number": number}, sequence=number, **common)
    if ending:
        yield OutcomeDecided(key=ending, reason="worse", sequence=length - 2, **common)
        yield Ended(key=ending, sequence=length - 1, **common)


def _looks(root: Path, count: int) -> Sequence[tuple[str, Any]]:
    store = shell.make(root / "twin")
    service = RESOURCE_TYPES["gcp:projects/service:Service"]
    lifecycle.create(store, service, lifecycle.completed(service, {"service": "storage.googleapis.com"}, PROJECT))
    resource_type = RESOURCE_TYPES["gcp:storage/bucket:Bucket"]
    for bucket in ("bench-ledger", "bench-records"):
        lifecycle.create(
            store, resource_type, lifecycle.completed(resource_type, {"name": bucket, "location": "EUROPE-WEST2"}, PROJECT)
        )
    for number in range(count + 1):
        for path, content in ledger(name(number), ended=number < count):
            file = store.root / "buckets/bench-ledger" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
    mark = store.root / f"buckets/bench-records/open/{DEPLOYMENT}/{name(count)}.{'0' * 12}.a-build"
    mark.parent.mkdir(parents=True)
    mark.touch()
    objects, root_, records = connect(f"twin:{store.root}").objects, "gs://bench-ledger", "gs://bench-records"

    def status() -> None:
        running = [each.candidate for each in Marks(objects, records, DEPLOYMENT).all()]
        if len(list(promotion_statuses(objects, root_, running))) != 1:
            raise RuntimeError("the benchmark is not valid: the running promotion was not found")

    def reconcile() -> None:
        status()
        candidates = KnownCandidates(objects, root_)
        if name(0) not in candidates or "forecasting-ffffffffffff" in candidates:
            raise RuntimeError("the benchmark is not valid: an ended candidate was not found")

    checkpoint(objects, root_, "a-build", most=count)
    return (
        ("status", status),
        ("a reconciliation's look-ups", reconcile),
        ("audit verify", lambda: _whole(verified(objects, root_))),
        ("audit verify --all", lambda: _whole(verified(objects, root_, everything=True))),
    )


def _whole(verification: Any) -> None:
    if verification.findings:
        raise RuntimeError(f"the benchmark is not valid: {verification.findings[0]}")
