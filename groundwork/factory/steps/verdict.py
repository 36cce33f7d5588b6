"""Wait for a person, and take only a verdict that is bound to what was seen."""

from __future__ import annotations

from groundwork.factory.machine import Done, Journal, Rejected, Wait
from groundwork.factory.work import Work
from groundwork.ports.forge import Verdict


def run(work: Work, journal: Journal) -> Done | Wait | Rejected:
    """Return what the reviewer said, quoted; waits while nobody did, or while what was said does not count."""
    number = journal.output("propose")["number"]
    request, given = work.forge.pull_request(number), work.forge.verdict(number)
    if given is None:
        if request.state == "open":
            return Wait(f"pull request #{number} waits for a verdict")
        return Rejected(f"pull request #{number} was {request.state} without a verdict")
    if reason := objection(work, given, report=journal.output("report")["digest"]):
        return Wait(f"the verdict of {given.reviewer} on pull request #{number} does not count: {reason}")
    if not given.approved:
        return Rejected(f"{given.reviewer}: {given.because}")
    work.say(f"verdict: approved by {given.reviewer}: {given.because}")
    quoted = {"reviewer": given.reviewer, "because": given.because, "commit": given.commit, "report": given.report}
    return Done({**quoted, "at": given.at.isoformat()})


def objection(work: Work, given: Verdict, *, report: str) -> str:
    """Return why a verdict does not count, or "" when it does: whatever the forge let through is looked at again."""
    reviewer = given.reviewer.casefold()
    if reviewer not in {each.casefold() for each in work.settings.reviewers}:
        return "who gave it is not among the environment's reviewers"
    if reviewer == work.candidate.author.casefold():
        return "nobody judges a change of their own"
    if given.commit != work.candidate.commit:
        return f"it is on commit {given.commit[:12]}, not on {work.candidate.commit[:12]}"
    if given.report != report:
        return "it is on another report"
    return ""
