"""Rules for a person's actions on a pull request, for the command and for every other interface."""

from __future__ import annotations

from datetime import UTC, datetime

from groundwork.contract.accounts import same_account
from groundwork.errors import GroundworkError
from groundwork.ports.git_provider import GitProvider, ReviewDecision
from groundwork.printable import one_line


def decision(person: str, reason: str, *, approved: bool, commit: str, report: str) -> ReviewDecision:
    """Return a person's review decision on a commit and a report; raises GroundworkError without a reason."""
    if not reason.strip():
        raise GroundworkError("reason-missing", "a review decision needs a reason", 'add --reason "…"')
    at = datetime.now(UTC)
    return ReviewDecision(approved=approved, reviewer=person, commit=commit, report=report, reason=reason, at=at)


def close(git_provider: GitProvider, number: int, person: str, reason: str) -> None:
    """Close a pull request without a review decision; only its author and its reviewers may. Raises GroundworkError."""
    request = git_provider.pull_request(number)
    if not any(same_account(person, account, request.reviewers) for account in (request.author, *request.reviewers)):
        raise GroundworkError(
            "close-denied",
            f"{one_line(person)} is neither the author nor a reviewer of #{number}",
            f"ask {one_line(request.author)} or a reviewer to close it",
        )
    git_provider.comment(number, f"{person} closed this: {reason}", key=f"closed-by-{person}")
    git_provider.close(number)
