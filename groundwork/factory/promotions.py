"""The promotions of one deployment: begun by a push, moved by whoever comes by, ended by a verdict or by a later push."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import count, takewhile

from groundwork.contract.accounts import accounts
from groundwork.contract.factory_settings import Settings
from groundwork.errors import GroundworkError
from groundwork.factory import rollback
from groundwork.factory.admission import Intake
from groundwork.factory.candidate import RETRIED, Candidate, candidate_id, way_out
from groundwork.factory.child_process import REFUSED, WELL, Apart, apart
from groundwork.factory.effects import effects
from groundwork.factory.in_progress import Marks, way
from groundwork.factory.ledger import Known, Ledger
from groundwork.factory.machine import WAITING, Busy, Journal, Outcome, Taken, Unwritten, advance
from groundwork.factory.notifications import tell
from groundwork.factory.step_context import Work
from groundwork.factory.steps import review, steps
from groundwork.ports.errors import Absent, Unavailable
from groundwork.ports.forge import Forge
from groundwork.ports.platform import Platform
from groundwork.printable import printable

SUPERSEDED, EXPIRED = "superseded", "expired"


@dataclass(frozen=True, kw_only=True)
class Promotions:
    """One deployment's, as the factory's identity sees them, in the hands of one build."""

    settings: Settings
    platform: Platform
    build: str
    """The id of the build that this runs in: whoever comes later can see whether it still lives."""
    say: Callable[[str], None]
    apart: Apart = field(default=apart)
    """Runs a command for another candidate than this process's own."""

    @cached_property
    def forge(self) -> Forge:
        """The client's repository."""
        return self.platform.forge(self.settings.repository, self.settings.forge_secret)

    @cached_property
    def intake(self) -> Intake:
        """What is judged, and what is not."""
        models = self.platform.models(self.settings.deployment.project)
        return Intake(settings=self.settings, forge=self.forge, models=models, objects=self.platform.objects)

    @cached_property
    def marks(self) -> Marks:
        """Where to look for what is under way."""
        return Marks(self.platform.objects, self.settings.records, self.settings.deployment.name)

    @cached_property
    def known(self) -> Known:
        """The candidates that were begun."""
        return Known(self.platform.objects, self.settings.ledger)

    def push(self, branch: str, commit: str, *, into: str | None = None) -> Outcome:
        """Begin the promotion of a pushed commit and go as far as possible; one that was begun before is gone on with.

        `into` is the branch that a person's pull request goes to; without one the chain says it. Raises GroundworkError for what
        is not judged: a platform change, a mixed push, a branch outside of the chain, a commit that nobody approved.
        """
        candidate = self.intake.candidate(branch, commit, into=into)
        known = self.journal(candidate.id)
        if known.all("begun"):
            begun = Candidate.of(known.records)
            if begun.commit != commit:
                raise GroundworkError(
                    "two-commits", f"{candidate.id} is another commit's name", "amend the commit and push again"
                )
            self.say(f"{candidate.id} was judged already, or is being judged: one commit is judged once{_again(known)}")
            return self._advance(begun, known)
        self.intake.require_newest(branch, commit)
        return self._begin(candidate, known)

    def retry(self, id_: str, *, by: str, because: str) -> Outcome:
        """Try a commit again whose last promotion failed or expired, as a promotion of its own; raises GroundworkError."""
        last = self._last_of(id_)
        before = Candidate.of(last.records)
        _require_retry(before, last)
        people = (*self.settings.reviewers, *self.settings.deployment.owners, before.author)
        if not accounts([by], people) & accounts(people, people):
            raise GroundworkError(
                "not-yours", f"{by} is neither author nor owner nor reviewer", f"ask one of {', '.join(dict.fromkeys(people))}"
            )
        again = self.intake.candidate(before.branch, before.commit, into=before.target)
        self.intake.require_newest(before.branch, before.commit)
        id_ = candidate_id(again.deployment, again.commit, self._attempts(before) + 1)
        candidate = again.model_copy(update={"id": id_, "retried_by": by, "retried_because": because})
        return self._begin(candidate, self.journal(id_))

    def roll_back(self, *, by: str, because: str) -> Outcome:
        """Put the champion before this one back, as a promotion of its own; raises GroundworkError where there is none.

        Whoever may send the message writes who it is from: that `by` is a reviewer is asked here, and is as true as that.
        """
        here, reviewers = self.settings.deployment, self.settings.reviewers
        if not accounts([by], reviewers) & accounts(reviewers, reviewers):
            listed = ", ".join(reviewers)
            raise GroundworkError("not-a-reviewer", f"{printable(by)} is not among the reviewers", f"ask one of {listed}")
        sequence, version = rollback.plan(self.platform.warehouse, f"{here.dataset}.serving")
        (to,) = [each for each in self.platform.models(here.project).versions(here.name) if each.version == version]
        candidate = rollback.candidate(here.name, sequence, to=to, by=by, because=because)
        journal = self.journal(candidate.id)
        self.marks.add(candidate, self.build)
        journal.begun(**candidate.facts())
        return self._advance(candidate, journal)

    def advance(self, id_: str, *, beside: Iterable[str] = ()) -> None:
        """Move one candidate on, and remove the marks of one that is over; `beside` are others of the same branch and target.

        Raises Busy and Taken where another has it, and GroundworkError where something is for a person to put right.
        """
        journal = self.journal(id_)
        if not journal.all("begun"):
            self._sweep(id_)
        elif journal.ended:
            self.marks.close(id_)
        else:
            candidate = Candidate.of(journal.records)
            self._require_ours(candidate)
            with _resting(journal):
                self._move(candidate, journal, beside)

    def advance_apart(self, id_: str, beside: Iterable[str]) -> int:
        """Move one candidate on in a process of its own, and note it when that dies; return its exit code."""
        code = self.apart("advance", id_, *(f"--beside={other}" for other in beside))
        if code not in {WELL, REFUSED}:
            self.say(f"{id_}: its process ended with {code}")
            self.apart("died", id_)
        return code

    def died(self, id_: str) -> None:
        """Write down that whoever moved a candidate has died at it, where it had not even said that it would try."""
        journal = self.journal(id_)
        if journal.all("begun") and not journal.ended and journal.records[-1]["what"] == "waits":
            journal.claim()

    def journal(self, candidate: str) -> Journal:
        """Return a candidate's records, in the hands of this build; raises GroundworkError where they are not whole."""
        return Journal(
            Ledger(self.platform.objects, self.settings.ledger, candidate),
            effects(self.platform, hear=lambda line: self.say(f"| {line}")),
            self.build,
            self._lives,
        )

    def _begin(self, candidate: Candidate, journal: Journal) -> Outcome:
        self.say(f"candidate {candidate.id}: {printable(candidate.branch)} -> {candidate.target or 'production'}")
        self.marks.add(candidate, self.build)  # nothing is ever begun that no tick would find
        journal.begun(**candidate.facts())
        beside = {mark.candidate for mark in self.marks.all() if mark.way == way(candidate)} - {candidate.id}
        return self._move(candidate, journal, sorted(beside))

    def _move(self, candidate: Candidate, journal: Journal, beside: Iterable[str]) -> Outcome:
        """Move one on, once what it supersedes is rolled back; or that one back, where a later one is there."""
        for other, later in self._others(candidate, journal, beside):
            if later:
                self.say(f"{other} supersedes {candidate.id}, which is rolled back")
                self._stop_runner(journal)
                journal = self.journal(candidate.id)
                journal.end_early(SUPERSEDED, f"superseded by {other}")
                return self._advance(candidate, journal)
            if not self._out_of_the_way(other, candidate):
                why = f"{other}, which it supersedes, is not rolled back yet"
                journal.rest("supersede", why)
                self.say(f"{candidate.id}: waits: {why}")
                return Outcome(ending=WAITING, why=why)
        self._expire(candidate, journal)
        return self._advance(candidate, journal)

    def _others(self, candidate: Candidate, journal: Journal, beside: Iterable[str]) -> Iterator[tuple[str, bool]]:
        """Yield those of the same branch and target, the later ones first, and whether each is one of those."""
        found = []
        for other in beside:
            try:
                journals = self.journal(other)
            except Unavailable:
                raise  # it may be the one that supersedes
            except GroundworkError as error:  # one that was tampered with is nobody else's fault
                self.say(f"{other}: {error}")
                continue
            if not journals.all("begun"):
                continue
            known = Candidate.of(journals.records)
            if (known.deployment, way(known)) == (candidate.deployment, way(candidate)):
                later = self._is_later(known, journals, candidate, journal)
                found += [(other, later)] if later or not journals.ended else []
        yield from sorted(found, key=lambda each: not each[1])

    def _is_later(self, other: Candidate, others: Journal, candidate: Candidate, journal: Journal) -> bool:
        """Return whether another candidate of the branch is the one to be judged: its newest change, or what was begun last."""
        newest = self.intake.is_newest(other.branch, other.commit)
        if newest != self.intake.is_newest(candidate.branch, candidate.commit):
            return newest
        return (others.records[0]["at"], other.id) > (journal.records[0]["at"], candidate.id)

    def _out_of_the_way(self, other: str, candidate: Candidate) -> bool:
        """Have an older one rolled back; return whether it is, but for what only a person can remove."""
        self.advance_apart(other, [candidate.id])
        journal = self.journal(other)
        last = journal.records[-1]
        return journal.ended or (last["what"], last["key"]) == ("waits", "stuck")

    def _sweep(self, id_: str) -> None:
        """Remove the marks of whoever died before anything was written."""
        for mark in self.marks.all():
            if mark.candidate == id_ and not self._lives(mark.build):
                self.marks.remove(mark)

    def _last_of(self, id_: str) -> Journal:
        """Return the records of the last try of a candidate's commit."""
        journal = self.journal(id_)
        if not journal.all("begun"):
            raise GroundworkError(
                "no-candidate", f"there is no `{printable(id_)}` here", "list them with `groundwork status --all`"
            )
        candidate = Candidate.of(journal.records)
        self._require_ours(candidate)
        if candidate.back_to:
            raise GroundworkError("not-retried", f"{id_} is a rollback", "ask for another one: `groundwork rollback`")
        last = candidate_id(candidate.deployment, candidate.commit, self._attempts(candidate))
        return journal if last == id_ else self.journal(last)

    def _require_ours(self, candidate: Candidate) -> None:
        if candidate.deployment != (name := self.settings.deployment.name):
            raise GroundworkError(
                "another-deployment",
                f"{candidate.id} is of {candidate.deployment}, not of {name}",
                f"move it as {candidate.deployment}",
            )

    def _attempts(self, candidate: Candidate) -> int:
        ids = (candidate_id(candidate.deployment, candidate.commit, number) for number in count(1))
        return sum(1 for _ in takewhile(self.known.__contains__, ids))

    def _stop_runner(self, journal: Journal) -> None:
        holds = [record for record in journal.records if record["what"] in {"begun", "claim", "waits"}]
        runner = str(holds[-1]["by"])
        if runner != self.build and holds[-1]["what"] != "waits":
            with contextlib.suppress(Absent):
                self.platform.builds.cancel(runner)

    def _expire(self, candidate: Candidate, journal: Journal) -> None:
        """End what has waited for too long: for a verdict, or for whatever kept it from being put before people."""
        proposed = "propose" in journal.all("done")
        if journal.ending or (proposed and review.given(self._work(candidate), journal)):
            return
        since = journal.all("told").get("asked") if proposed else journal.records[0]
        if since is None:
            return
        days = (datetime.now(UTC) - datetime.fromisoformat(str(since["at"]))) / timedelta(days=1)
        if days >= self.settings.expire_days:
            what = "nobody gave a verdict that counts" if proposed else "it did not get as far as people"
            journal.end_early(EXPIRED, f"{what} in {self.settings.expire_days} days")
        elif proposed and days >= self.settings.remind_days:
            text = f"{candidate.id} has waited for {days:.0f} days; it is rolled back after {self.settings.expire_days}."
            journal.once("reminded", lambda: tell(self._work(candidate), f"still waiting: {candidate.id}", text, reviewers=True))

    def _lives(self, runner: str) -> bool:
        with contextlib.suppress(Absent):
            return self.platform.builds.get(runner).status in {"QUEUED", "WORKING"}
        return False

    def _work(self, candidate: Candidate) -> Work:
        return Work(candidate=candidate, settings=self.settings, platform=self.platform, say=self.say)

    def _advance(self, candidate: Candidate, journal: Journal) -> Outcome:
        work = self._work(candidate)

        def farewell(ending: str, why: str) -> None:
            journal.once("told-the-end", lambda: tell(work, f"{candidate.id}: {ending}", f"{why}{_again(journal)}"))

        taken = rollback.steps(work) if candidate.back_to else steps(work)
        outcome = advance(journal, taken, before_end=farewell)
        if journal.ended:
            self.marks.close(candidate.id)
        for left in outcome.left:
            self.say(f"{candidate.id}: STUCK: {printable(left)}")
        self.say(f"{candidate.id}: {outcome.ending}{f': {printable(outcome.why)}' if outcome.why else ''}")
        return outcome


def _again(journal: Journal) -> str:
    hint = way_out(Candidate.of(journal.records), journal.ending[0]) if journal.ending else ""
    return f"; {hint}" if hint else ""


def _require_retry(candidate: Candidate, last: Journal) -> None:
    ending = last.ending[0] if last.ending else ""
    if last.ended and ending in RETRIED:
        return
    state = ending or "under way"
    raise GroundworkError(
        "not-retried",
        f"{candidate.id} is {state}{'' if last.ended else ', and not over'}",
        "only what failed or expired is tried again; for another change push another commit",
    )


@contextlib.contextmanager
def _resting(journal: Journal) -> Iterator[None]:
    """Let others have a promotion that could not be moved: whoever comes back and says so has not died at it."""
    try:
        yield
    except (Busy, Taken, Unwritten):
        raise
    except GroundworkError as error:
        journal.rest("advance", str(error))
        raise
