"""Open the pull request to the next branch, and notify its reviewers."""

from __future__ import annotations

from groundwork.factory.machine import Done, PromotionLog
from groundwork.factory.notifications import notify
from groundwork.factory.step_context import StepContext


def run(context: StepContext, promotion_log: PromotionLog) -> Done:
    """Open the pull request, or adopt the one that a person opened for this commit."""
    candidate, settings, report = context.candidate, context.settings, promotion_log.output("report")
    proposal = promotion_log.make(
        "pull_request",
        "proposal",
        repository=settings.repository,
        secret=settings.git_provider_secret,
        head=candidate.branch,
        base=candidate.target,
        commit=candidate.commit,
        title=f"{candidate.deployment}: {candidate.subject}"[:200],
        body=report["summary"],
        author=candidate.author,
        candidate=candidate.id,
        report=report["digest"],
        reviewers=list(settings.reviewers_for(candidate.target)),
    )
    number = proposal["number"]
    context.say(f"propose: pull request #{number}, {candidate.branch} -> {candidate.target}")
    waiting = f"Pull request #{number} of {settings.environment} waits for a review decision: `groundwork review show {number}`."
    promotion_log.once(
        "asked",
        lambda: notify(context, f"please review {candidate.id}", f"{waiting}\n\n{report['summary']}", reviewers=True),
    )
    return Done({"number": number})
