"""Before an environment's first `up`: what must outlive it."""

from __future__ import annotations

from typing import Annotated

import typer

from groundwork.cli.output import say, show_rows
from groundwork.errors import GroundworkError
from groundwork.twin import environment


def bootstrap(stack: Annotated[str, typer.Argument(help="The environment.")] = "dev") -> None:
    """Make what outlives an environment: the bucket for states, and the key of its data; protected, and safe to run again.

    The state of what is made here goes into that bucket, too.
    """
    from groundwork.adapters.twin.bootstrap import bootstrap_on  # noqa: PLC0415  the Automation API takes its time to load

    root, checkout = environment.folder(), environment.checkout()
    file = checkout / f"Pulumi.{stack}.yaml"
    if not file.is_file():
        known = ", ".join(f"`{each.name.split('.')[1]}`" for each in sorted(checkout.glob("Pulumi.*.yaml")))
        raise GroundworkError(
            "environment-not-found",
            f"there is no environment `{stack}`",
            f"write `{file.name}`, or did you mean one of {known}?",
        )
    say(f"on the twin in {root}")
    done = bootstrap_on(environment.make(root), stack, file)
    made = done.changes.get("create", 0)
    same, other = done.changes.get("same", 0), {kind: n for kind, n in done.changes.items() if kind not in {"create", "same"}}
    rest = "".join(f", {count} {kind}" for kind, count in sorted(other.items()))
    say(f"{made} resources made, {same} there already{rest}")
    say(f"their state {'went from this machine into' if done.moved else 'is in'} {done.outputs['state']}")
    show_rows([done.outputs], ["state", "key"], as_json=False, none="")
    say(f"to encrypt with that key, name it as `encryption.key` in {file.name}; next: `pulumi up --stack {stack}`")
