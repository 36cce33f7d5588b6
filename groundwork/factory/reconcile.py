"""Reconcile: advance every unfinished promotion in a child process, and start promotions after missed events."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from groundwork.contract.ledger_records import candidate_of
from groundwork.errors import GroundworkError
from groundwork.factory.audit import checkpoint
from groundwork.factory.checkpoints import Checkpoints
from groundwork.factory.child_process import NOT_PROMOTED, REFUSED, WELL
from groundwork.factory.in_progress import Mark
from groundwork.factory.machine import Taken
from groundwork.factory.promotions import Promotions
from groundwork.notebook.results import retract_failed
from groundwork.printable import printable


@dataclass(frozen=True)
class Reconciliation:
    """Reconciles one deployment. It reads only names of objects: content of a candidate could exhaust this process's memory."""

    promotions: Promotions
    _complaints: list[str] = field(default_factory=list)

    def run(self) -> list[str]:
        """Advance and start promotions, and write a due checkpoint; return the problems."""
        for candidate, beside in self._under_way():
            self._note(candidate, self.promotions.advance_in_child_process(candidate, beside))
        for words in self._missed():
            self._note(" ".join(words), self.promotions.child_process("push", *words))
        if self._due():
            self._note("checkpoint", self.promotions.child_process("checkpoint"))
        self._retract_failed()
        return self._complaints

    def _under_way(self) -> Iterator[tuple[str, list[str]]]:
        """Yield each candidate and the others of its branch and target, in an order that differs from build to build."""
        marks = self.promotions.marks.all()
        for candidate in sorted({mark.candidate for mark in marks}, key=self._turn):
            yield candidate, _beside(marks, candidate)

    def _turn(self, candidate: str) -> str:
        return hashlib.sha256(f"{self.promotions.build} {candidate}".encode()).hexdigest()

    def _missed(self) -> Iterator[tuple[str, ...]]:
        """Yield the arguments of the pushes that were missed; an error here does not stop the reconciliation."""
        try:
            for branch, commit, into in self.promotions.admission.missed(self.promotions.known):
                yield f"--branch={branch}", f"--commit={commit}", *([f"--into={into}"] if into is not None else [])
        except Exception as error:  # noqa: BLE001  every pusher chooses names of branches
            self._complain("missed pushes", error)

    def _due(self) -> bool:
        try:
            return Checkpoints(self.promotions.platform.objects, self.promotions.settings.ledger).due()
        except GroundworkError as error:
            self._complain("the next checkpoint", error)
        return False

    def _retract_failed(self) -> None:
        """Retract the rows that failed and interrupted runs of the environment's own deployment have stored."""
        try:
            retracted = retract_failed(self.promotions.platform, self.promotions.settings.deployment)
        except GroundworkError as error:
            self._complain("results of failed runs", error)
            return
        for run, phrase in retracted.items():
            self.promotions.say(f"run {printable(run)}: {phrase}")

    def _note(self, what: str, code: int) -> None:
        if code not in {WELL, NOT_PROMOTED}:
            self._complaints.append(
                f"{printable(what)}: {'refused' if code == REFUSED else f'ended with exit code {code}'}; see the log"
            )

    def _complain(self, what: str, error: Exception) -> None:
        self.promotions.say(f"{what}: {printable(str(error))}")
        self._complaints.append(f"{what}: {error}")


def make_checkpoint(promotions: Promotions) -> None:
    """Write the next checkpoint, and a mark for each promotion that is under way without one."""
    objects, ledger = promotions.platform.objects, promotions.settings.ledger
    marked = {mark.candidate for mark in promotions.marks.all()}
    try:
        under_way = checkpoint(objects, ledger, promotions.build)
    except Taken:
        promotions.say("another build writes this checkpoint")
        return
    for candidate in filter(None, map(candidate_of, under_way)):
        if candidate.deployment == promotions.settings.deployment.name and candidate.id not in marked:
            promotions.say(f"{candidate.id}: under way and without a mark; a mark is added")
            promotions.marks.add(candidate, promotions.build)


def _beside(marks: list[Mark], candidate: str) -> list[str]:
    ways = {mark.way for mark in marks if mark.candidate == candidate}
    return sorted({mark.candidate for mark in marks if mark.way in ways} - {candidate})
