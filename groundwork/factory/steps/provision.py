"""Lease an identity and create the candidate's temporary deployment."""

from __future__ import annotations

from groundwork.factory.effects.lease import NoneFree
from groundwork.factory.machine import Done, PromotionLog, Wait
from groundwork.factory.raw_data import digests
from groundwork.factory.step_context import StepContext


def run(context: StepContext, promotion_log: PromotionLog) -> Done | Wait:
    """Lease an identity and create the candidate's stack; wait while every identity is leased or in its cooldown."""
    candidate, settings = context.candidate, context.settings
    try:
        lease = promotion_log.make(
            "lease",
            "identity",
            temporary=True,
            folder=f"{settings.records}/leases",
            rests=f"{settings.records}/rests",
            identities=list(settings.identities),
            cooldown_minutes=settings.cooldown_minutes,
            candidate=candidate.id,
        )
    except NoneFree as none:
        return Wait(none.message)
    identity = str(lease["identity"])
    # An earlier candidate may have kept a token and written here; no step reads such objects.
    promotion_log.make("objects", "folder", temporary=True, prefix=context.identity_folder(identity), clear=True)
    context.say(f"provision: a separate deployment, for {identity}")
    arguments = {"candidate": candidate.id, "identity": identity, "settings": settings.model_dump(mode="json")}
    stack = promotion_log.make(
        "stack", "stack", temporary=True, stack=candidate.id, project=settings.deployment.project, arguments=arguments
    )
    context.say(f"provision: {len(stack['resources'])} resources")
    return Done(
        {
            "identity": identity,
            "deployment": stack["outputs"]["deployment"],
            "folder": f"{context.identity_folder(identity)}/{candidate.id}",
            "resources": stack["resources"],
            "raw": digests(context.platform.warehouse, settings.deployment.raw),
        }
    )
