"""The promotions of one deployment: begun by a push, moved by whoever comes by, ended by a verdict or by a later push."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

from groundwork.errors import GroundworkError
from groundwork.factory import ledger, rollback
from groundwork.factory.candidate import Candidate
from groundwork.factory.effects import effects
from groundwork.factory.intake import Intake
from groundwork.factory.machine import Busy, Journal, Outcome, Taken, advance
from groundwork.factory.settings import Settings
from groundwork.factory.steps import steps
from groundwork.factory.telling import tell
from groundwork.factory.work import Work
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

    @cached_property
    def forge(self) -> Forge:
        """The client's repository."""
        return self.platform.forge(self.settings.repository, self.settings.forge_secret)

    @cached_property
    def intake(self) -> Intake:
        """What is judged, and what is not."""
        return Intake(settings=self.settings, forge=self.forge, models=self.platform.models(self.settings.deployment.project))

    def push(self, branch: str, commit: str, *, into: str | None = None) -> Outcome:
        """Begin the promotion of a pushed commit and go as far as possible; one that was begun before is gone on with.

        `into` is the branch that a person's pull request goes to; without one the chain says it. Raises GroundworkError for what
        is not judged: a platform change, a mixed push, a branch outside of the chain, a commit that nobody approved.
        """
        candidate = self.intake.candidate(branch, commit, into=into)
        known = self._journal(candidate.id)
        if known.all("begun"):
            begun = Candidate.of(known.records)
            if begun.commit != commit:
                raise GroundworkError(
                    "two-commits", f"{candidate.id} is another commit's name", "amend the commit and push again"
                )
            self.say(f"{candidate.id} was judged already, or is being judged: one commit is judged once")
            return self._advance(begun, known)
        self.intake.require_newest(branch, commit)
        self.say(f"candidate {candidate.id}: {printable(branch)} -> {candidate.target or 'production'}")
        known.begun(**candidate.facts())
        self._supersede_others(candidate)
        return self._advance(candidate, known)

    def tick(self) -> list[str]:
        """Move every promotion that has not ended, and begin those whose event was lost; return what could not be done."""
        complaints: list[str] = []
        for candidate, journal in self._unfinished():
            with self._noting(candidate.id, complaints):
                if self.forge.branches().get(candidate.branch) == candidate.commit:
                    self._supersede_others(candidate)  # whoever began it may have been killed before that
                self._expire(candidate, journal)
                self._advance(candidate, journal)
        known = set(ledger.candidates(self.platform.objects, self.settings.ledger))
        for branch, commit, into in self.intake.missed(known):
            with self._noting(f"{printable(branch)} at {commit[:12]}", complaints):
                self.push(branch, commit, into=into)
        return complaints

    def roll_back(self, *, by: str, because: str) -> Outcome:
        """Put the champion before this one back, as a promotion of its own; raises GroundworkError where there is none.

        Whoever may send the message writes who it is from: that `by` is a reviewer is asked here, and is as true as that.
        """
        here, reviewers = self.settings.deployment, self.settings.reviewers
        if by.casefold() not in {each.casefold() for each in reviewers}:
            listed = ", ".join(reviewers)
            raise GroundworkError("not-a-reviewer", f"{printable(by)} is not among the reviewers", f"ask one of {listed}")
        sequence, version = rollback.plan(self.platform.warehouse, f"{here.dataset}.serving")
        (to,) = [each for each in self.platform.models(here.project).versions(here.name) if each.version == version]
        candidate = rollback.candidate(here.name, sequence, to=to, by=by, because=because)
        journal = self._journal(candidate.id)
        journal.begun(**candidate.facts())
        return self._advance(candidate, journal)

    def _supersede_others(self, candidate: Candidate) -> None:
        """Roll back what the same branch had under way: the older is not what anybody should judge any more."""
        for other, journal in self._unfinished():
            if other.id == candidate.id or (other.branch, other.target) != (candidate.branch, candidate.target):
                continue
            self.say(f"supersedes {other.id}, which is rolled back")
            self._stop_runner(journal)
            fresh = self._journal(other.id)
            fresh.end_early(SUPERSEDED, f"superseded by {candidate.id}")
            self._advance(other, fresh)

    def _stop_runner(self, journal: Journal) -> None:
        holds = [record for record in journal.records if record["what"] in {"begun", "claim", "waits"}]
        runner = str(holds[-1]["by"])
        if runner != self.build and holds[-1]["what"] != "waits":
            with contextlib.suppress(Absent):
                self.platform.builds.cancel(runner)

    def _expire(self, candidate: Candidate, journal: Journal) -> None:
        """End what has waited for too long: for a verdict, or for whatever kept it from being put before people."""
        proposed = "propose" in journal.all("done")
        if journal.ending or (proposed and self._decided(journal)):
            return
        since = journal.all("told").get("asked") if proposed else journal.records[0]
        if since is None:
            return
        days = (datetime.now(UTC) - datetime.fromisoformat(str(since["at"]))) / timedelta(days=1)
        if days >= self.settings.expire_days:
            what = "nobody gave a verdict" if proposed else "it did not get as far as people"
            journal.end_early(EXPIRED, f"{what} in {self.settings.expire_days} days")
        elif proposed and days >= self.settings.remind_days:
            text = f"{candidate.id} has waited for {days:.0f} days; it is rolled back after {self.settings.expire_days}."
            journal.once("reminded", lambda: tell(self._work(candidate), f"still waiting: {candidate.id}", text, reviewers=True))

    def _decided(self, journal: Journal) -> bool:
        return self.forge.verdict(journal.output("propose")["number"]) is not None

    def _unfinished(self) -> list[tuple[Candidate, Journal]]:
        found = []
        for id_ in ledger.candidates(self.platform.objects, self.settings.ledger):
            try:
                journal = self._journal(id_)
            except Unavailable:
                raise  # who does not see all of them may overlook the one that is to be superseded
            except GroundworkError as error:  # one that was tampered with is nobody else's fault
                self.say(f"{id_}: {error}")
                continue
            if journal.all("begun") and not journal.ended:
                candidate = Candidate.of(journal.records)
                if candidate.deployment == self.settings.deployment.name:
                    found.append((candidate, journal))
        return found

    def _journal(self, candidate: str) -> Journal:
        return Journal(
            ledger.Ledger(self.platform.objects, self.settings.ledger, candidate),
            effects(self.platform, hear=lambda line: self.say(f"| {line}")),
            self.build,
            self._lives,
        )

    def _lives(self, runner: str) -> bool:
        with contextlib.suppress(Absent):
            return self.platform.builds.get(runner).status in {"QUEUED", "WORKING"}
        return False

    def _work(self, candidate: Candidate) -> Work:
        return Work(candidate=candidate, settings=self.settings, platform=self.platform, say=self.say)

    def _advance(self, candidate: Candidate, journal: Journal) -> Outcome:
        work = self._work(candidate)

        def farewell(ending: str, why: str) -> None:
            journal.once("told-the-end", lambda: tell(work, f"{candidate.id}: {ending}", why))

        taken = rollback.steps(work) if candidate.back_to else steps(work)
        outcome = advance(journal, taken, before_end=farewell)
        for left in outcome.left:
            self.say(f"{candidate.id}: STUCK: {printable(left)}")
        self.say(f"{candidate.id}: {outcome.ending}{f': {printable(outcome.why)}' if outcome.why else ''}")
        return outcome

    @contextlib.contextmanager
    def _noting(self, what: str, complaints: list[str]) -> Iterator[None]:
        """Go on with the others: one that cannot be moved now is moved by the next tick."""
        try:
            yield
        except (Busy, Taken) as error:
            self.say(f"{what}: {error.message}")
        except GroundworkError as error:
            self.say(f"{what}: {error}")
            complaints.append(f"{what}: {error}")
