"""Wait for a review decision on exactly the commit and the report that the reviewers were shown."""

from __future__ import annotations

from groundwork.factory.machine import Done, PromotionLog, Rejected, Wait
from groundwork.factory.review_decisions import Question, counting, waited_for
from groundwork.factory.step_context import StepContext
from groundwork.ports.git_provider import PullRequest, ReviewDecision


def run(context: StepContext, promotion_log: PromotionLog) -> Done | Wait | Rejected:
    """Return the newest valid review decision, quoted; wait while there is none. A closed pull request is a rejection."""
    request = _proposed(context, promotion_log)
    decisions = context.git_provider.decisions(request.number)
    asked = _question(context, promotion_log, request)
    newest = counting(asked, decisions)
    if newest and not newest.approved:
        return Rejected(f"{newest.reviewer}: {newest.reason}")
    if request.state == "closed" or (request.state == "merged" and not newest):
        return Rejected(
            f"pull request #{request.number} was {request.state}{'' if newest else ' without a review decision that counts'}"
        )
    if newest is None:
        return Wait(f"pull request #{request.number} {waited_for(asked, decisions)}")
    context.say(f"review decision: approved by {newest.reviewer}: {newest.reason}")
    quoted = {"reviewer": newest.reviewer, "reason": newest.reason, "commit": newest.commit, "report": newest.report}
    return Done({**quoted, "at": newest.at.isoformat()})


def counting_decision(context: StepContext, promotion_log: PromotionLog) -> ReviewDecision | None:
    """Return the newest review decision that counts, if there is one."""
    request = _proposed(context, promotion_log)
    return counting(_question(context, promotion_log, request), context.git_provider.decisions(request.number))


def withdrawn(context: StepContext, promotion_log: PromotionLog) -> str:
    """Return the reason why an approval no longer holds, or "": reviewers may change their decision until the merge."""
    request = _proposed(context, promotion_log)
    if request.state != "open":
        return "" if request.state == "merged" else f"pull request #{request.number} was {request.state}"
    newest = counting_decision(context, promotion_log)
    if newest is None:
        return f"pull request #{request.number} has no review decision that counts any more"
    return "" if newest.approved else f"{newest.reviewer}: {newest.reason}"


def _proposed(context: StepContext, promotion_log: PromotionLog) -> PullRequest:
    return context.git_provider.pull_request(promotion_log.output("propose")["number"])


def _question(context: StepContext, promotion_log: PromotionLog, request: PullRequest) -> Question:
    candidate = context.candidate
    return Question(
        commit=candidate.commit,
        report=promotion_log.output("report")["digest"],
        reviewers=context.settings.reviewers_for(candidate.target),
        people=frozenset({*candidate.people, candidate.author, request.author}),
    )
