"""The promotions of one deployment: begun by a push, moved by whoever comes by, ended by a review decision or by a later push."""

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
from groundwork.factory.effects.stack import Program
from groundwork.factory.in_progress import Marks, way
from groundwork.factory.ledger import Known, Ledger
from groundwork.factory.machine import WAITING, Busy, Outcome, PromotionLog, Taken, Unwritten, advance
from groundwork.factory.notifications import tell
from groundwork.factory.step_context import Work
from groundwork.factory.steps import review, steps
from groundwork.ports.errors import Absent, Unavailable
from groundwork.ports.git_provider import GitProvider
from groundwork.ports.platform import Platform
from groundwork.printable import printable

SUPERSEDED, EXPIRED = "superseded", "expired"


@dataclass(frozen=True, kw_only=True)
class Promotions:
    """One deployment's, as the factory's identity sees them, in the hands of one build."""

    settings: Settings
    platform: Platform
    program: Program
    """The Pulumi program of a candidate's stack."""
    build: str
    """The id of the build that this runs in: whoever comes later can see whether it still lives."""
    say: Callable[[str], None]
    apart: Apart = field(default=apart)
    """Runs a command for another candidate than this process's own."""

    @cached_property
    def git_provider(self) -> GitProvider:
        """The client's repository."""
        return self.platform.git_provider(self.settings.repository, self.settings.git_provider_secret)

    @cached_property
    def intake(self) -> Intake:
        """What is evaluated, and what is not."""
        models = self.platform.models(self.settings.deployment.project)
        return Intake(settings=self.settings, git_provider=self.git_provider, models=models, objects=self.platform.objects)

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
        is not evaluated: a platform change, a mixed push, a branch outside of the chain, a commit that nobody approved.
        """
        candidate = self.intake.candidate(branch, commit, into=into)
        known = self.promotion_log(candidate.id)
        if known.all("begun"):
            begun = Candidate.of(known.records)
            if begun.commit != commit:
                raise GroundworkError(
                    "two-commits", f"{candidate.id} is another commit's name", "amend the commit and push again"
                )
            self.say(f"{candidate.id} was evaluated already, or is being evaluated: one commit is evaluated once{_again(known)}")
            return self._advance(begun, known)
        self.intake.require_newest(branch, commit)
        return self._begin(candidate, known)

    def retry(self, id_: str, *, by: str, reason: str) -> Outcome:
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
        candidate = again.model_copy(update={"id": id_, "retried_by": by, "retried_because": reason})
        return self._begin(candidate, self.promotion_log(id_))

    def roll_back(self, *, by: str, reason: str) -> Outcome:
        """Put the champion before this one back, as a promotion of its own; raises GroundworkError where there is none.

        Whoever may send the message writes who it is from: that `by` is a reviewer is asked here, and is as true as that.
        """
        here, reviewers = self.settings.deployment, self.settings.reviewers
        if not accounts([by], reviewers) & accounts(reviewers, reviewers):
            listed = ", ".join(reviewers)
            raise GroundworkError("not-a-reviewer", f"{printable(by)} is not among the reviewers", f"ask one of {listed}")
        sequence, version = rollback.plan(self.platform.warehouse, f"{here.dataset}.serving")
        (to,) = [each for each in self.platform.models(here.project).versions(here.name) if each.version == version]
        candidate = rollback.candidate(here.name, sequence, to=to, by=by, reason=reason)
        promotion_log = self.promotion_log(candidate.id)
        self.marks.add(candidate, self.build)
        promotion_log.begun(**candidate.facts())
        return self._advance(candidate, promotion_log)

    def advance(self, id_: str, *, beside: Iterable[str] = ()) -> None:
        """Move one candidate on, and remove the marks of one that is over; `beside` are others of the same branch and target.

        Raises Busy and Taken where another has it, and GroundworkError where something is for a person to put right.
        """
        promotion_log = self.promotion_log(id_)
        if not promotion_log.all("begun"):
            self._sweep(id_)
        elif promotion_log.ended:
            self.marks.close(id_)
        else:
            candidate = Candidate.of(promotion_log.records)
            self._require_ours(candidate)
            with _resting(promotion_log):
                self._move(candidate, promotion_log, beside)

    def advance_apart(self, id_: str, beside: Iterable[str]) -> int:
        """Move one candidate on in a process of its own, and note it when that dies; return its exit code."""
        code = self.apart("advance", id_, *(f"--beside={other}" for other in beside))
        if code not in {WELL, REFUSED}:
            self.say(f"{id_}: its process ended with {code}")
            self.apart("died", id_)
        return code

    def died(self, id_: str) -> None:
        """Write down that whoever moved a candidate has died at it, where it had not even said that it would try."""
        promotion_log = self.promotion_log(id_)
        if promotion_log.all("begun") and not promotion_log.ended and promotion_log.records[-1]["what"] == "waits":
            promotion_log.claim()

    def promotion_log(self, candidate: str) -> PromotionLog:
        """Return a candidate's records, in the hands of this build; raises GroundworkError where they are not whole."""
        return PromotionLog(
            Ledger(self.platform.objects, self.settings.ledger, candidate),
            effects(self.platform, self.program, hear=lambda line: self.say(f"| {line}")),
            self.build,
            self._lives,
        )

    def _begin(self, candidate: Candidate, promotion_log: PromotionLog) -> Outcome:
        self.say(f"candidate {candidate.id}: {printable(candidate.branch)} -> {candidate.target or 'production'}")
        self.marks.add(candidate, self.build)  # nothing is ever begun that no reconciliation would find
        promotion_log.begun(**candidate.facts())
        beside = {mark.candidate for mark in self.marks.all() if mark.way == way(candidate)} - {candidate.id}
        return self._move(candidate, promotion_log, sorted(beside))

    def _move(self, candidate: Candidate, promotion_log: PromotionLog, beside: Iterable[str]) -> Outcome:
        """Move one on, once what it supersedes is rolled back; or that one back, where a later one is there."""
        for other, later in self._others(candidate, promotion_log, beside):
            if later:
                self.say(f"{other} supersedes {candidate.id}, which is rolled back")
                self._stop_runner(promotion_log)
                promotion_log = self.promotion_log(candidate.id)
                promotion_log.end_early(SUPERSEDED, f"superseded by {other}")
                return self._advance(candidate, promotion_log)
            if not self._out_of_the_way(other, candidate):
                why = f"{other}, which it supersedes, is not rolled back yet"
                promotion_log.rest("supersede", why)
                self.say(f"{candidate.id}: waits: {why}")
                return Outcome(ending=WAITING, why=why)
        self._expire(candidate, promotion_log)
        return self._advance(candidate, promotion_log)

    def _others(self, candidate: Candidate, promotion_log: PromotionLog, beside: Iterable[str]) -> Iterator[tuple[str, bool]]:
        """Yield those of the same branch and target, the later ones first, and whether each is one of those."""
        found = []
        for other in beside:
            try:
                journals = self.promotion_log(other)
            except Unavailable:
                raise  # it may be the one that supersedes
            except GroundworkError as error:  # one that was tampered with is nobody else's fault
                self.say(f"{other}: {error}")
                continue
            if not journals.all("begun"):
                continue
            known = Candidate.of(journals.records)
            if (known.deployment, way(known)) == (candidate.deployment, way(candidate)):
                later = self._is_later(known, journals, candidate, promotion_log)
                found += [(other, later)] if later or not journals.ended else []
        yield from sorted(found, key=lambda each: not each[1])

    def _is_later(self, other: Candidate, others: PromotionLog, candidate: Candidate, promotion_log: PromotionLog) -> bool:
        """Return whether another candidate of the branch replaces this one: its newest change, or the one begun last."""
        newest = self.intake.is_newest(other.branch, other.commit)
        if newest != self.intake.is_newest(candidate.branch, candidate.commit):
            return newest
        return (others.records[0]["at"], other.id) > (promotion_log.records[0]["at"], candidate.id)

    def _out_of_the_way(self, other: str, candidate: Candidate) -> bool:
        """Have an older one rolled back; return whether it is, but for what only a person can remove."""
        self.advance_apart(other, [candidate.id])
        promotion_log = self.promotion_log(other)
        last = promotion_log.records[-1]
        return promotion_log.ended or (last["what"], last["key"]) == ("waits", "stuck")

    def _sweep(self, id_: str) -> None:
        """Remove the marks of whoever died before anything was written."""
        for mark in self.marks.all():
            if mark.candidate == id_ and not self._lives(mark.build):
                self.marks.remove(mark)

    def _last_of(self, id_: str) -> PromotionLog:
        """Return the records of the last try of a candidate's commit."""
        promotion_log = self.promotion_log(id_)
        if not promotion_log.all("begun"):
            raise GroundworkError(
                "no-candidate", f"there is no `{printable(id_)}` here", "list them with `groundwork status --all`"
            )
        candidate = Candidate.of(promotion_log.records)
        self._require_ours(candidate)
        if candidate.back_to:
            raise GroundworkError("not-retried", f"{id_} is a rollback", "ask for another one: `groundwork rollback`")
        last = candidate_id(candidate.deployment, candidate.commit, self._attempts(candidate))
        return promotion_log if last == id_ else self.promotion_log(last)

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

    def _stop_runner(self, promotion_log: PromotionLog) -> None:
        holds = [record for record in promotion_log.records if record["what"] in {"begun", "claim", "waits"}]
        runner = str(holds[-1]["by"])
        if runner != self.build and holds[-1]["what"] != "waits":
            with contextlib.suppress(Absent):
                self.platform.builds.cancel(runner)

    def _expire(self, candidate: Candidate, promotion_log: PromotionLog) -> None:
        """End what has waited for too long: for a review decision, or for whatever kept it from being put before people."""
        proposed = "propose" in promotion_log.all("done")
        if promotion_log.ending or (proposed and review.given(self._work(candidate), promotion_log)):
            return
        since = promotion_log.all("told").get("asked") if proposed else promotion_log.records[0]
        if since is None:
            return
        days = (datetime.now(UTC) - datetime.fromisoformat(str(since["at"]))) / timedelta(days=1)
        if days >= self.settings.expire_days:
            what = "nobody gave a review decision that counts" if proposed else "it did not get as far as people"
            promotion_log.end_early(EXPIRED, f"{what} in {self.settings.expire_days} days")
        elif proposed and days >= self.settings.remind_days:
            text = f"{candidate.id} has waited for {days:.0f} days; it is rolled back after {self.settings.expire_days}."
            promotion_log.once(
                "reminded", lambda: tell(self._work(candidate), f"still waiting: {candidate.id}", text, reviewers=True)
            )

    def _lives(self, runner: str) -> bool:
        with contextlib.suppress(Absent):
            return self.platform.builds.get(runner).status in {"QUEUED", "WORKING"}
        return False

    def _work(self, candidate: Candidate) -> Work:
        return Work(candidate=candidate, settings=self.settings, platform=self.platform, say=self.say)

    def _advance(self, candidate: Candidate, promotion_log: PromotionLog) -> Outcome:
        work = self._work(candidate)

        def farewell(ending: str, why: str) -> None:
            promotion_log.once("told-the-end", lambda: tell(work, f"{candidate.id}: {ending}", f"{why}{_again(promotion_log)}"))

        taken = rollback.steps(work) if candidate.back_to else steps(work)
        outcome = advance(promotion_log, taken, before_end=farewell)
        if promotion_log.ended:
            self.marks.close(candidate.id)
        for left in outcome.left:
            self.say(f"{candidate.id}: STUCK: {printable(left)}")
        self.say(f"{candidate.id}: {outcome.ending}{f': {printable(outcome.why)}' if outcome.why else ''}")
        return outcome


def _again(promotion_log: PromotionLog) -> str:
    hint = way_out(Candidate.of(promotion_log.records), promotion_log.ending[0]) if promotion_log.ending else ""
    return f"; {hint}" if hint else ""


def _require_retry(candidate: Candidate, last: PromotionLog) -> None:
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
def _resting(promotion_log: PromotionLog) -> Iterator[None]:
    """Let others have a promotion that could not be moved: whoever comes back and says so has not died at it."""
    try:
        yield
    except (Busy, Taken, Unwritten):
        raise
    except GroundworkError as error:
        promotion_log.rest("advance", str(error))
        raise
