"""Start, advance and end the promotions of one deployment."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import count, takewhile

from groundwork.contract.accounts import accounts
from groundwork.contract.candidate import RETRIABLE, Candidate, candidate_id, next_action
from groundwork.contract.factory_settings import Settings
from groundwork.contract.ledger_records import Completed, Notified, holder
from groundwork.errors import GroundworkError
from groundwork.factory import rollback
from groundwork.factory.admission import Admission
from groundwork.factory.child_process import REFUSED, WELL, ChildProcess, run_child_process
from groundwork.factory.effects import effects
from groundwork.factory.effects.stack import Program
from groundwork.factory.in_progress import Marks, way
from groundwork.factory.ledger import KnownCandidates, Ledger
from groundwork.factory.machine import ROLLBACK, WAITING, Busy, Outcome, PromotionLog, Taken, Unwritten, advance
from groundwork.factory.notifications import notify
from groundwork.factory.step_context import StepContext
from groundwork.factory.steps import review, steps
from groundwork.ports.errors import Absent, Unavailable
from groundwork.ports.git_provider import GitProvider
from groundwork.ports.platform import Platform
from groundwork.printable import printable

SUPERSEDED, EXPIRED = "superseded", "expired"


@dataclass(frozen=True, kw_only=True)
class Promotions:
    """The promotions of one deployment, as the factory's identity sees them in one build."""

    settings: Settings
    platform: Platform
    program: Program
    """The Pulumi program of a candidate's stack."""
    build: str
    """The id of the present build: later builds look up whether it is still running."""
    say: Callable[[str], None]
    child_process: ChildProcess = field(default=run_child_process)
    """Runs a command of the factory in a child process."""

    @cached_property
    def git_provider(self) -> GitProvider:
        """The client's repository."""
        return self.platform.git_provider(self.settings.repository, self.settings.git_provider_secret)

    @cached_property
    def admission(self) -> Admission:
        """Decides which pushes are evaluated."""
        models = self.platform.models(self.settings.deployment.project)
        return Admission(settings=self.settings, git_provider=self.git_provider, models=models, objects=self.platform.objects)

    @cached_property
    def marks(self) -> Marks:
        """The marks of promotions that are under way."""
        return Marks(self.platform.objects, self.settings.records, self.settings.deployment.name)

    @cached_property
    def known(self) -> KnownCandidates:
        """The candidates that have a ledger."""
        return KnownCandidates(self.platform.objects, self.settings.ledger)

    def push(self, branch: str, commit: str, *, into: str | None = None) -> Outcome:
        """Start the promotion of a pushed commit, or continue it, and advance it as far as possible.

        `into` is the base of a person's pull request; without one the chain decides the target. Raises GroundworkError for a push
        that is not evaluated: a platform change, a mixed push, a branch outside of the chain, an unapproved commit.
        """
        candidate = self.admission.candidate(branch, commit, into=into)
        promotion_log = self.promotion_log(candidate.id)
        if started := promotion_log.candidate:
            if started.commit != commit:
                raise GroundworkError(
                    "candidate-name-taken",
                    f"the commits {started.commit[:16]} and {commit[:16]} have one candidate name, {candidate.id}",
                    "amend the commit and push again",
                )
            self.say(f"{candidate.id} is evaluated already: a commit is evaluated once{_next_action(promotion_log)}")
            return self._advance(started, promotion_log)
        self.admission.require_newest(branch, commit)
        return self._begin(candidate, promotion_log)

    def retry(self, id_: str, *, by: str, reason: str) -> Outcome:
        """Start another promotion of a commit after its last one failed or expired; raises GroundworkError."""
        before, last = self._last_attempt(id_)
        _require_retry(before, last)
        people = (*self.settings.reviewers, *self.settings.deployment.owners, before.author)
        if not accounts([by], people) & accounts(people, people):
            raise GroundworkError(
                "retry-denied",
                f"{by} is neither author nor owner nor reviewer of {before.id}",
                f"ask one of {', '.join(dict.fromkeys(people))} to retry it",
            )
        again = self.admission.candidate(before.branch, before.commit, into=before.target)
        self.admission.require_newest(before.branch, before.commit)
        id_ = candidate_id(again.deployment, again.commit, self._attempts(before) + 1)
        candidate = again.model_copy(update={"id": id_, "retried_by": by, "retried_reason": reason})
        return self._begin(candidate, self.promotion_log(id_))

    def roll_back(self, *, by: str, reason: str) -> Outcome:
        """Start the promotion that restores the previous champion; raises GroundworkError if there is none.

        `by` must be a reviewer. It is not authenticated: every identity that may publish the message can write any name.
        """
        deployment, reviewers = self.settings.deployment, self.settings.reviewers
        if not accounts([by], reviewers) & accounts(reviewers, reviewers):
            listed = ", ".join(reviewers)
            raise GroundworkError("rollback-denied", f"{printable(by)} is not a reviewer", f"ask one of {listed} to roll back")
        sequence, version = rollback.plan(self.platform.warehouse, f"{deployment.dataset}.serving")
        (to,) = [each for each in self.platform.models(deployment.project).versions(deployment.name) if each.version == version]
        candidate = rollback.candidate(deployment.name, sequence, to=to, by=by, reason=reason)
        promotion_log = self.promotion_log(candidate.id)
        self.marks.add(candidate, self.build)
        promotion_log.start(candidate)
        return self._advance(candidate, promotion_log)

    def advance(self, id_: str, *, beside: Iterable[str] = ()) -> None:
        """Advance one candidate, or remove its marks once it has ended; `beside` are others of the same branch and target.

        Raises Busy and Taken while another runner holds it, and GroundworkError for a problem that a person has to correct.
        """
        promotion_log = self.promotion_log(id_)
        candidate = promotion_log.candidate
        if candidate is None:
            self._sweep(id_)
        elif promotion_log.ended:
            self.marks.close(id_)
        else:
            self._require_ours(candidate)
            with _resting(promotion_log):
                self._move(candidate, promotion_log, beside)

    def advance_in_child_process(self, id_: str, beside: Iterable[str]) -> int:
        """Advance one candidate in a child process, and record a crash of the process; return its exit code."""
        code = self.child_process("advance", id_, *(f"--beside={other}" for other in beside))
        if code not in {WELL, REFUSED}:
            self.say(f"{id_}: its process ended with {code}")
            self.child_process("crashed", id_)
        return code

    def crashed(self, id_: str) -> None:
        """Record that a runner crashed before it claimed the promotion."""
        promotion_log = self.promotion_log(id_)
        if promotion_log.candidate and promotion_log.waits_for:
            promotion_log.claim()

    def promotion_log(self, candidate: str) -> PromotionLog:
        """Return a candidate's promotion log for this build; raises GroundworkError for an invalid ledger."""
        return PromotionLog(
            Ledger(self.platform.objects, self.settings.ledger, candidate),
            effects(self.platform, self.program, hear=lambda line: self.say(f"| {line}")),
            self.build,
            self._is_alive,
        )

    def _begin(self, candidate: Candidate, promotion_log: PromotionLog) -> Outcome:
        self.say(f"candidate {candidate.id}: {printable(candidate.branch)} -> {candidate.target or 'production'}")
        self.marks.add(candidate, self.build)  # first, so that a reconciliation finds every promotion that has started
        promotion_log.start(candidate)
        beside = {mark.candidate for mark in self.marks.all() if mark.way == way(candidate)} - {candidate.id}
        return self._move(candidate, promotion_log, sorted(beside))

    def _move(self, candidate: Candidate, promotion_log: PromotionLog, beside: Iterable[str]) -> Outcome:
        """Advance a candidate once the older ones of its branch are rolled back; roll it back if there is a later one."""
        for other, later in self._others(candidate, promotion_log, beside):
            if later:
                self.say(f"{other} supersedes {candidate.id}: {candidate.id} is rolled back")
                self._stop_runner(promotion_log)
                promotion_log = self.promotion_log(candidate.id)
                promotion_log.end_early(SUPERSEDED, f"superseded by {other}")
                return self._advance(candidate, promotion_log)
            if not self._rolled_back(other, candidate):
                reason = f"it supersedes {other}, which is not rolled back yet"
                promotion_log.rest("supersede", reason)
                self.say(f"{candidate.id}: waits: {reason}")
                return Outcome(ending=WAITING, reason=reason)
        self._expire(candidate, promotion_log)
        return self._advance(candidate, promotion_log)

    def _others(self, candidate: Candidate, promotion_log: PromotionLog, beside: Iterable[str]) -> Iterator[tuple[str, bool]]:
        """Yield the candidates of the same branch and target, and whether each is later than this one; later ones first."""
        others = []
        for id_ in beside:
            try:
                log = self.promotion_log(id_)
            except Unavailable:
                raise  # it may be the one that supersedes
            except GroundworkError as error:  # a changed ledger stops no other promotion
                self.say(f"{id_}: {error}")
                continue
            other = log.candidate
            if other and (other.deployment, way(other)) == (candidate.deployment, way(candidate)):
                later = self._is_later(other, log, candidate, promotion_log)
                others += [(id_, later)] if later or not log.ended else []
        yield from sorted(others, key=lambda other: not other[1])

    def _is_later(self, other: Candidate, log: PromotionLog, candidate: Candidate, promotion_log: PromotionLog) -> bool:
        """Return whether another candidate replaces this one: the branch's newest change or, of two others, the later start."""
        newest = self.admission.is_newest(other.branch, other.commit)
        if newest != self.admission.is_newest(candidate.branch, candidate.commit):
            return newest
        return (log.records[0].at, other.id) > (promotion_log.records[0].at, candidate.id)

    def _rolled_back(self, other: str, candidate: Candidate) -> bool:
        """Roll an older candidate back; return whether no leftovers exist except for a person to remove."""
        self.advance_in_child_process(other, [candidate.id])
        promotion_log = self.promotion_log(other)
        waits_for = promotion_log.waits_for
        return promotion_log.ended or (waits_for is not None and waits_for.key == ROLLBACK)

    def _sweep(self, id_: str) -> None:
        """Remove the marks of builds that ended before they wrote a record."""
        for mark in self.marks.all():
            if mark.candidate == id_ and not self._is_alive(mark.build):
                self.marks.remove(mark)

    def _last_attempt(self, id_: str) -> tuple[Candidate, PromotionLog]:
        """Return the last attempt at a candidate's commit, and its promotion log."""
        candidate = self.promotion_log(id_).candidate
        if candidate is None:
            raise GroundworkError(
                "candidate-not-found",
                f"{self.settings.environment} has no candidate `{printable(id_)}`",
                "run `groundwork status --all` to list every candidate",
            )
        self._require_ours(candidate)
        if candidate.back_to:
            raise GroundworkError("retry-refused", f"{id_} is a rollback", "run `groundwork rollback` to start another one")
        promotion_log = self.promotion_log(candidate_id(candidate.deployment, candidate.commit, self._attempts(candidate)))
        return promotion_log.candidate or candidate, promotion_log

    def _require_ours(self, candidate: Candidate) -> None:
        if candidate.deployment != (name := self.settings.deployment.name):
            raise GroundworkError(
                "deployment-conflict",
                f"{candidate.id} belongs to the deployment {candidate.deployment}, not to {name}",
                f"run the command for {candidate.deployment}",
            )

    def _attempts(self, candidate: Candidate) -> int:
        ids = (candidate_id(candidate.deployment, candidate.commit, number) for number in count(1))
        return sum(1 for _ in takewhile(self.known.__contains__, ids))

    def _stop_runner(self, promotion_log: PromotionLog) -> None:
        runner = holder(promotion_log.records)
        if runner and runner != self.build:
            with contextlib.suppress(Absent):
                self.platform.builds.cancel(runner)

    def _expire(self, candidate: Candidate, promotion_log: PromotionLog) -> None:
        """End a promotion that has waited too long: for a review decision, or to be proposed; remind reviewers before."""
        proposed = "propose" in promotion_log.all(Completed)
        if promotion_log.ending or (proposed and review.counting_decision(self._context(candidate), promotion_log)):
            return
        since = promotion_log.all(Notified).get("asked") if proposed else promotion_log.records[0]
        if since is None:
            return
        days = (datetime.now(UTC) - datetime.fromisoformat(since.at)) / timedelta(days=1)
        if days >= self.settings.expire_days:
            missing = "a valid review decision" if proposed else "a pull request"
            promotion_log.end_early(EXPIRED, f"{self.settings.expire_days} days without {missing}")
        elif proposed and days >= self.settings.remind_days:
            text = f"{candidate.id} has waited for {days:.0f} days; it is rolled back after {self.settings.expire_days} days."
            promotion_log.once(
                "reminded", lambda: notify(self._context(candidate), f"still waiting: {candidate.id}", text, reviewers=True)
            )

    def _is_alive(self, runner: str) -> bool:
        with contextlib.suppress(Absent):
            return self.platform.builds.get(runner).status in {"QUEUED", "WORKING"}
        return False

    def _context(self, candidate: Candidate) -> StepContext:
        return StepContext(candidate=candidate, settings=self.settings, platform=self.platform, say=self.say)

    def _advance(self, candidate: Candidate, promotion_log: PromotionLog) -> Outcome:
        context = self._context(candidate)

        def notify_outcome(ending: str, reason: str) -> None:
            text = f"{reason}{_next_action(promotion_log)}"
            promotion_log.once("outcome", lambda: notify(context, f"{candidate.id}: {ending}", text))

        candidate_steps = rollback.steps(context) if candidate.back_to else steps(context)
        outcome = advance(promotion_log, candidate_steps, before_end=notify_outcome)
        if promotion_log.ended:
            self.marks.close(candidate.id)
        for leftover in outcome.leftovers:
            self.say(f"{candidate.id}: ROLLBACK FAILED: {printable(leftover)}")
        self.say(f"{candidate.id}: {outcome.ending}{f': {printable(outcome.reason)}' if outcome.reason else ''}")
        return outcome


def _next_action(promotion_log: PromotionLog) -> str:
    ending, candidate = promotion_log.ending, promotion_log.candidate
    hint = next_action(candidate, ending[0]) if ending and candidate else ""
    return f"; {hint}" if hint else ""


def _require_retry(candidate: Candidate, last: PromotionLog) -> None:
    ending = last.ending[0] if last.ending else ""
    if last.ended and ending in RETRIABLE:
        return
    state = ending or "under way"
    raise GroundworkError(
        "retry-refused",
        f"{candidate.id} is {state}{'' if last.ended else ' and has not ended'}: only a failed or expired candidate is retried",
        "push another commit for another change",
    )


@contextlib.contextmanager
def _resting(promotion_log: PromotionLog) -> Iterator[None]:
    """Release a promotion that could not be advanced: a runner that reports an error has not crashed."""
    try:
        yield
    except (Busy, Taken, Unwritten):
        raise
    except GroundworkError as error:
        promotion_log.rest("advance", str(error))
        raise
