"""Verify ledgers: every record, or only the records that no checkpoint holds and a sample of the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import SystemRandom
from typing import TYPE_CHECKING

from groundwork.contract.ledger_records import Claimed, Ended, EndedLedger, Record, Started
from groundwork.errors import GroundworkError
from groundwork.factory.checkpoints import MOST, Checkpoints
from groundwork.factory.ledger import candidates, check, digest, marker_of, markers, read_objects, record_name

if TYPE_CHECKING:
    import fsspec  # type: ignore[import-untyped]  # fsspec has no types

SAMPLE = 20
"""The number of promotions that are read although a checkpoint holds them: a random sample each time."""
SKEW = timedelta(minutes=1)
"""Clocks of two machines may differ by this."""


@dataclass(frozen=True, kw_only=True)
class AuditFinding:
    """A record that was changed, removed or inserted, or that this release cannot read."""

    candidate: str
    text: str
    """One sentence."""

    def __str__(self) -> str:
        return f"{self.candidate}: {self.text}"


@dataclass(frozen=True, kw_only=True)
class VerifiedLedger:
    """The ledger of one candidate, and its problems."""

    records: Sequence[Record]
    problems: Sequence[str]
    ended: EndedLedger | None
    """None for a promotion that has not ended, and for a ledger with problems."""


@dataclass(frozen=True, kw_only=True)
class Verification:
    """The result of a verification of an environment's ledger."""

    findings: Sequence[AuditFinding]
    read: int
    """The number of promotions of which every record was read."""
    held: int
    """The number of others, which a checkpoint holds: only their existence was verified."""


def verify(objects: fsspec.AbstractFileSystem, root: str) -> list[AuditFinding]:
    """Return the findings on every record of every promotion."""
    return list(verified(objects, root, everything=True).findings)


def verified(objects: fsspec.AbstractFileSystem, root: str, *, everything: bool = False, sample: int = SAMPLE) -> Verification:
    """Verify the promotions that no checkpoint holds and a sample of the others, or every one; verify that all exist."""
    findings: list[AuditFinding] = []
    held = _held(objects, root, findings)
    known = set(candidates(objects, root))
    findings += [AuditFinding(candidate=candidate, text="all of it was removed.") for candidate in sorted(held.keys() - known)]
    older = sorted(known & held.keys())
    again = older if everything else SystemRandom().sample(older, min(sample, len(older)))
    read = sorted({*(known - held.keys()), *again})
    for candidate in read:
        texts = _against(held.get(candidate), verify_ledger(objects, root, candidate))
        findings += [AuditFinding(candidate=candidate, text=text) for text in texts]
    return Verification(findings=findings, read=len(read), held=len(known) - len(read))


def verify_ledger(objects: fsspec.AbstractFileSystem, root: str, candidate: str) -> VerifiedLedger:
    """Return the records of one candidate and all problems, one sentence each.

    A last record without a commit marker is not a problem if it follows the one before: a killed runner leaves it so.
    """
    stored = read_objects(objects, root, candidate)
    checked = check(stored)
    records, problems = checked.records, checked.problems
    if problems or checked.unsupported:  # the checks below would find consequences of these
        return VerifiedLedger(records=records, problems=problems or [checked.unsupported], ended=None)
    later = markers(objects, root, candidate)  # of every record that was read above, perhaps without the last
    contents = [stored.records[record_name(number)] for number in range(len(records))]
    problems = [
        f"the commit marker of record {number} was removed, or the record was inserted."
        for number, content in enumerate(contents[:-1])
        if marker_of(number, content) not in later
    ]
    problems += _order(records)
    over = not problems and any(isinstance(record, Ended) for record in records)
    ended = EndedLedger(records=len(records), last=digest(contents[-1])) if over else None
    return VerifiedLedger(records=records, problems=problems, ended=ended)


def checkpoint(objects: fsspec.AbstractFileSystem, root: str, build: str, *, most: int = MOST) -> list[Sequence[Record]]:
    """Write the next checkpoint of promotions that ended since the last one; return the records of those that have not ended.

    Raises Taken when another build writes it, and GroundworkError for an invalid chain of checkpoints.
    """
    checkpoints, ended, under_way = Checkpoints(objects, root), dict[str, EndedLedger](), list[Sequence[Record]]()
    held = checkpoints.all()
    for candidate in candidates(objects, root):
        if candidate in held or len(ended) >= most:
            continue
        ledger = verify_ledger(objects, root, candidate)
        if ledger.ended:
            ended[candidate] = ledger.ended
        elif ledger.records and not ledger.problems:
            under_way.append(ledger.records)
    checkpoints.add(ended, build)
    return under_way


def _held(objects: fsspec.AbstractFileSystem, root: str, findings: list[AuditFinding]) -> Mapping[str, EndedLedger]:
    """Return the ledgers that checkpoints hold; an invalid chain of checkpoints holds none and is a finding."""
    try:
        return Checkpoints(objects, root).all()
    except GroundworkError as error:
        if error.code not in {"ledger-changed", "ledger-schema-unsupported"}:
            raise
        findings.append(AuditFinding(candidate="checkpoints", text=error.message))
        return {}


def _against(held: EndedLedger | None, ledger: VerifiedLedger) -> Sequence[str]:
    """Return the problems of a ledger, also of a valid one that differs from its checkpoint."""
    if held and not ledger.problems and ledger.ended != held:
        return ["it is valid but differs from its checkpoint: it was rewritten, or a record was added after its end."]
    return ledger.problems


def _order(records: Sequence[Record]) -> Iterator[str]:
    """Yield the records that no runner would have written, also those that are chained correctly."""
    claimant, latest, over = "", datetime.fromtimestamp(0, tz=UTC), False
    for number, record in enumerate(records):
        if over:
            yield f"record {number} was inserted: the promotion had ended."
        if isinstance(record, Started | Claimed):
            claimant = record.by
        elif record.by != claimant:
            yield f"record {number} was inserted: `{record.by}` had not claimed the promotion."
        at = _time(record)
        if at is None:
            yield f"record {number} was inserted: its time is not valid."
        elif at < latest - SKEW:
            yield f"record {number} was inserted: it is older than the one before."
        latest, over = max(at or latest, latest), over or isinstance(record, Ended)


def _time(record: Record) -> datetime | None:
    try:
        return datetime.fromisoformat(record.at).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
