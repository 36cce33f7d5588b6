"""Notify people: a deployment's owners of each turn, the reviewers when they are asked."""

from __future__ import annotations

from groundwork.contract.owners import owner_url
from groundwork.factory.step_context import Work
from groundwork.ports.errors import Unavailable


def notify(work: Work, title: str, body: str, *, reviewers: bool = False) -> None:
    """Send one message to the owners and, on request, to the reviewers; raises Unavailable when not all could be notified."""
    asked = work.settings.reviewers_for(work.candidate.target) if reviewers else ()
    people = dict.fromkeys([*work.settings.deployment.owners, *asked])
    post = work.platform.notifications
    post.clear()
    for address in people:
        post.add(owner_url(address))
    if people and not post.notify(title=f"[{work.settings.environment}] {title}", body=body):
        raise Unavailable(f"not all of {', '.join(people)} could be notified", "check their addresses in the environment file")
