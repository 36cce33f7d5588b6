"""Give the candidate an identity and a deployment of its own."""

from __future__ import annotations

from groundwork.factory.effects.lease import NoneFree
from groundwork.factory.machine import Done, PromotionLog, Wait
from groundwork.factory.raw_data import standing
from groundwork.factory.step_context import Work


def run(work: Work, promotion_log: PromotionLog) -> Done | Wait:
    """Lease an identity and bring the candidate's stack about; waits while every identity is leased or rests."""
    candidate, settings = work.candidate, work.settings
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
    # What is there was written with a token that an earlier candidate kept: nobody else may write there, and nobody wants it.
    promotion_log.make("objects", "folder", temporary=True, prefix=work.home(identity), clear=True)
    work.say(f"provision: a deployment of its own, for {identity}")
    arguments = {"candidate": candidate.id, "identity": identity, "settings": settings.model_dump(mode="json")}
    made = promotion_log.make(
        "stack", "stack", temporary=True, stack=candidate.id, project=settings.deployment.project, arguments=arguments
    )
    work.say(f"provision: {len(made['resources'])} resources")
    return Done(
        {
            "identity": identity,
            "deployment": made["outputs"]["deployment"],
            "folder": f"{work.home(identity)}/{candidate.id}",
            "resources": made["resources"],
            "raw": standing(work.platform.warehouse, settings.deployment.raw),
        }
    )
