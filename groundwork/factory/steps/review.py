"""Wait for a person, and take only a verdict that is bound to what was seen."""

from __future__ import annotations

from groundwork.factory.machine import Done, Journal, Rejected, Wait
from groundwork.factory.review_decisions import Question, counting, waited_for
from groundwork.factory.step_context import Work
from groundwork.ports.forge import PullRequest, Verdict


def run(work: Work, journal: Journal) -> Done | Wait | Rejected:
    """Return what the newest verdict that counts says, quoted; waits while there is none. A closed pull request is a no."""
    request = _proposed(work, journal)
    verdicts = work.forge.verdicts(request.number)
    asked = _question(work, journal, request)
    newest = counting(asked, verdicts)
    if newest and not newest.approved:
        return Rejected(f"{newest.reviewer}: {newest.because}")
    if request.state == "closed" or (request.state == "merged" and not newest):
        return Rejected(f"pull request #{request.number} was {request.state}{'' if newest else ' without a verdict that counts'}")
    if newest is None:
        return Wait(f"pull request #{request.number} {waited_for(asked, verdicts)}")
    work.say(f"verdict: approved by {newest.reviewer}: {newest.because}")
    quoted = {"reviewer": newest.reviewer, "because": newest.because, "commit": newest.commit, "report": newest.report}
    return Done({**quoted, "at": newest.at.isoformat()})


def given(work: Work, journal: Journal) -> Verdict | None:
    """Return the newest verdict that counts, if there is one."""
    request = _proposed(work, journal)
    return counting(_question(work, journal, request), work.forge.verdicts(request.number))


def withdrawn(work: Work, journal: Journal) -> str:
    """Return why what was approved is not approved any more, "" while it is: people may think again until the merge."""
    request = _proposed(work, journal)
    if request.state != "open":
        return "" if request.state == "merged" else f"pull request #{request.number} was {request.state}"
    newest = given(work, journal)
    if newest is None:
        return f"pull request #{request.number} has no verdict that counts any more"
    return "" if newest.approved else f"{newest.reviewer}: {newest.because}"


def _proposed(work: Work, journal: Journal) -> PullRequest:
    return work.forge.pull_request(journal.output("propose")["number"])


def _question(work: Work, journal: Journal, request: PullRequest) -> Question:
    candidate = work.candidate
    return Question(
        commit=candidate.commit,
        report=journal.output("report")["digest"],
        reviewers=work.settings.asked(candidate.target),
        people=frozenset({*candidate.people, candidate.author, request.author}),
    )
