"""Clear up behind what was killed."""

from __future__ import annotations

from groundwork.cli.context import command_context
from groundwork.cli.options import Environment
from groundwork.cli.output import say
from groundwork.twin.cloudbuild.recover import recover as recover_builds
from groundwork.twin.core import shell
from groundwork.twin.interfaces.pulumi import recovery


def recover(environment: Environment = "dev") -> None:
    """After a kill: end what was left running, retract half-stored results, free the stack and adopt what an `up` had made.

    Safe at any time: what still runs is left alone, and where there is nothing to do it says so.
    """
    from groundwork.contract.deployment import Deployment  # noqa: PLC0415  pydantic takes its time to load
    from groundwork.notebook.results import retract_failed  # noqa: PLC0415  beside it

    place = command_context()
    store = shell.make(place.root)
    environment = place.stack(stack)
    done = [*recover_builds(store), *recovery.recover(store, environment)]
    # decision 3: retract the batches of killed runs
    for deployment in (environment.outputs().get("deployments") or {}).values():
        retracted = retract_failed(place.platform, Deployment.model_validate(deployment))
        done += [f"run {run}: {phrase}" for run, phrase in retracted.items()]
    for sentence in done:
        say(sentence)
    if not done:
        say("nothing to recover")
