"""Notify people: a deployment's owners of every event, its reviewers of a request for review."""

from __future__ import annotations

from groundwork.contract.owners import owner_url
from groundwork.factory.step_context import StepContext
from groundwork.ports.errors import Unavailable


def notify(context: StepContext, title: str, body: str, *, reviewers: bool = False) -> None:
    """Send one message to the owners and, on request, to the reviewers; raises Unavailable when not all could be notified."""
    asked = context.settings.reviewers_for(context.candidate.target) if reviewers else ()
    people = dict.fromkeys([*context.settings.deployment.owners, *asked])
    post = context.platform.notifications
    post.clear()
    for address in people:
        post.add(owner_url(address))
    if people and not post.notify(title=f"[{context.settings.environment}] {title}", body=body):
        raise Unavailable(f"not all of {', '.join(people)} could be notified", "check their addresses in the environment file")
