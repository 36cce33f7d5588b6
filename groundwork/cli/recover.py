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
    place = command_context()
    store = shell.make(place.root)
    done = [*recover_builds(store), *recovery.recover(store, place.stack(environment))]
    for sentence in done:
        say(sentence)
    if not done:
        say("nothing to recover")
