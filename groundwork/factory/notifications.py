"""What people are told: a deployment's owners at each turn, the reviewers when they are asked."""

from __future__ import annotations

from groundwork.contract.owners import owner_url
from groundwork.factory.step_context import Work
from groundwork.ports.errors import Unavailable


def tell(work: Work, title: str, body: str, *, reviewers: bool = False) -> None:
    """Send one message to the owners, and to the reviewers where they are to act; raises Unavailable when one cannot be told."""
    asked = work.settings.reviewers_for(work.candidate.target) if reviewers else ()
    people = dict.fromkeys([*work.settings.deployment.owners, *asked])
    post = work.platform.notifications
    post.clear()
    for address in people:
        post.add(owner_url(address))
    if people and not post.notify(title=f"[{work.settings.environment}] {title}", body=body):
        raise Unavailable(f"not all of {', '.join(people)} could be told", "check their addresses in the environment file")
