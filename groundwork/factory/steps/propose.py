"""Ask people: open the pull request to the next branch, and tell them."""

from __future__ import annotations

from groundwork.factory.machine import Done, PromotionLog
from groundwork.factory.notifications import tell
from groundwork.factory.step_context import Work


def run(work: Work, promotion_log: PromotionLog) -> Done:
    """Open the pull request, or take the one that a person opened for this commit."""
    candidate, settings, told = work.candidate, work.settings, promotion_log.output("report")
    made = promotion_log.make(
        "pull_request",
        "proposal",
        repository=settings.repository,
        secret=settings.git_provider_secret,
        head=candidate.branch,
        base=candidate.target,
        commit=candidate.commit,
        title=f"{candidate.deployment}: {candidate.subject}"[:200],
        body=told["summary"],
        author=candidate.author,
        candidate=candidate.id,
        report=told["digest"],
        reviewers=list(settings.reviewers_for(candidate.target)),
    )
    number = made["number"]
    work.say(f"propose: pull request #{number}, {candidate.branch} -> {candidate.target}")
    waiting = f"Pull request #{number} of {settings.environment} waits for a review decision: `groundwork review show {number}`."
    promotion_log.once(
        "asked",
        lambda: tell(work, f"review decision wanted on {candidate.id}", f"{waiting}\n\n{told['summary']}", reviewers=True),
    )
    return Done({"number": number})
