"""Clean-up after a crash."""

from __future__ import annotations

from groundwork.cli.context import command_context
from groundwork.cli.options import Environment
from groundwork.cli.output import say
from groundwork.contract.deployment import Deployment
from groundwork.notebook.results import retract_failed


def recover(environment: Environment = "dev") -> None:
    """Clean up after a crash.

    Stops leftover processes, retracts partial results, unlocks the stack, and adopts resources that an interrupted `pulumi up`
    created. Safe to repeat: running builds and engines are not affected.
    """
    context = command_context()
    stack = context.stack(environment)
    done = context.session.recover(stack)
    # decision 3: retract the batches of killed runs
    for deployment in (stack.outputs().get("deployments") or {}).values():
        retracted = retract_failed(context.platform, Deployment.model_validate(deployment))
        done += [f"run {run}: {phrase}" for run, phrase in retracted.items()]
    for sentence in done:
        say(sentence)
    if not done:
        say("nothing to recover")
