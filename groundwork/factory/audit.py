"""Whether a ledger is as it was written: all of it, or what no checkpoint holds yet and a sample of the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import SystemRandom
from typing import TYPE_CHECKING, Any

from groundwork.errors import GroundworkError
from groundwork.factory.checkpoints import MOST, Checkpoints, Ended
from groundwork.factory.ledger import candidates, check, digest, marker_of, markers, record_name, stored

if TYPE_CHECKING:
    import fsspec  # type: ignore[import-untyped]  # fsspec has no types

Record = Mapping[str, Any]

SAMPLE = 20
"""So many of the promotions that a checkpoint holds are read all the same, others each time: nobody knows which."""
SKEW = timedelta(minutes=1)
"""Clocks of honest machines differ by less."""
_HOLD = frozenset({"begun", "claim"})


@dataclass(frozen=True, kw_only=True)
class AuditFinding:
    """Something in a ledger that is not as it was written."""

    candidate: str
    text: str
    """One sentence."""

    def __str__(self) -> str:
        return f"{self.candidate}: {self.text}"


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What was found in the ledger of one candidate."""

    records: Sequence[Record]
    problems: Sequence[str]
    ended: Ended | None
    """None for one that has not ended, and for one that is not whole."""


@dataclass(frozen=True, kw_only=True)
class Verified:
    """What was found in an environment's ledger."""

    findings: Sequence[AuditFinding]
    read: int
    """Promotions whose every record was read."""
    held: int
    """Others, of which only was seen that they are there: a checkpoint holds their endings."""


def verify(objects: fsspec.AbstractFileSystem, root: str) -> list[AuditFinding]:
    """Return every record that was changed, removed or inserted, in every promotion."""
    return list(verified(objects, root, everything=True).findings)


def verified(objects: fsspec.AbstractFileSystem, root: str, *, everything: bool = False, sample: int = SAMPLE) -> Verified:
    """Read what no checkpoint holds, and a sample of the others, or everything; in all of them see that they are there."""
    findings: list[AuditFinding] = []
    held = _held(objects, root, findings)
    known = set(candidates(objects, root))
    findings += [AuditFinding(candidate=each, text="all of it was removed.") for each in sorted(held.keys() - known)]
    older = sorted(known & held.keys())
    again = older if everything else SystemRandom().sample(older, min(sample, len(older)))
    read = sorted({*(known - held.keys()), *again})
    for candidate in read:
        texts = _against(held.get(candidate), look(objects, root, candidate))
        findings += [AuditFinding(candidate=candidate, text=text) for text in texts]
    return Verified(findings=findings, read=len(read), held=len(known) - len(read))


def look(objects: fsspec.AbstractFileSystem, root: str, candidate: str) -> Looked:
    """Return what there is of one candidate, and all that is wrong with it, one sentence each.

    A last record without a commit marker is what a killed writer leaves, and no finding as long as it follows on the one before.
    """
    found = stored(objects, root, candidate)
    records, problems = check(found)
    if problems:  # which would make the others look wrong in other ways, too
        return Looked(records=records, problems=problems, ended=None)
    later = markers(objects, root, candidate)  # of all that was read above, but perhaps the last
    contents = [found.records[record_name(number)] for number in range(len(records))]
    problems = [
        f"the commit marker of record {number} was removed, or the record was inserted."
        for number, content in enumerate(contents[:-1])
        if marker_of(number, content) not in later
    ]
    problems += _order(records)
    over = not problems and any(record["what"] == "end" for record in records)
    return Looked(
        records=records, problems=problems, ended=Ended(records=len(records), last=digest(contents[-1])) if over else None
    )


def checkpoint(objects: fsspec.AbstractFileSystem, root: str, build: str, *, most: int = MOST) -> list[Sequence[Record]]:
    """Have the next checkpoint hold what ended since and is whole; return the records of what has not ended.

    Raises Taken where another build makes it, and GroundworkError for a chain of checkpoints that is not whole.
    """
    checkpoints, ended, under_way = Checkpoints(objects, root), dict[str, Ended](), list[Sequence[Record]]()
    held = checkpoints.all()
    for candidate in candidates(objects, root):
        if candidate in held or len(ended) >= most:
            continue
        looked = look(objects, root, candidate)
        if looked.ended:
            ended[candidate] = looked.ended
        elif looked.records and not looked.problems:
            under_way.append(looked.records)
    checkpoints.add(ended, build)
    return under_way


def _held(objects: fsspec.AbstractFileSystem, root: str, findings: list[AuditFinding]) -> Mapping[str, Ended]:
    """Return what checkpoints hold; where they are not whole they hold nothing, and that is a finding."""
    try:
        return Checkpoints(objects, root).all()
    except GroundworkError as error:
        if error.code != "ledger-broken":
            raise
        findings.append(AuditFinding(candidate="checkpoints", text=error.message))
        return {}


def _against(held: Ended | None, looked: Looked) -> Iterable[str]:
    """Return what is wrong with a ledger, that of one whole in itself too which is not the one that a checkpoint holds."""
    if held and not looked.problems and looked.ended != held:
        return ["it is whole, but not as the checkpoint has it: all of it was written anew, or something behind its end."]
    return looked.problems


def _order(records: Sequence[Record]) -> Iterator[str]:
    """Yield what no runner would have written, however well it is chained."""
    holder, latest, over = "", datetime.fromtimestamp(0, tz=UTC), False
    for number, record in enumerate(records):
        if over:
            yield f"record {number} was inserted: the promotion was over."
        if record["what"] in _HOLD:
            holder = record["by"]
        elif record["by"] != holder:
            yield f"record {number} was inserted: `{record['by']}` had not claimed the promotion."
        at = _time(record)
        if at is None:
            yield f"record {number} was inserted: it says no time."
        elif at < latest - SKEW:
            yield f"record {number} was inserted: it is older than the one before."
        latest, over = max(at or latest, latest), over or record["what"] == "end"


def _time(record: Record) -> datetime | None:
    try:
        return datetime.fromisoformat(str(record["at"])).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
