"""The audit log: the ledger and its checkpoints."""

from __future__ import annotations

from typing import Annotated

import typer

from groundwork.cli.context import command_context
from groundwork.cli.options import Environment, command_group
from groundwork.cli.output import say, show
from groundwork.errors import GroundworkError
from groundwork.factory.audit import verified
from groundwork.factory.status import BROKEN
from groundwork.printable import printable

app = command_group("Verify the audit log.")


@app.command("verify")
def verify(
    environment: Environment = "dev",
    *,
    all_: Annotated[bool, typer.Option("--all", help="Read every record, also those that a checkpoint holds.")] = False,
) -> None:
    """Find records that were changed, removed or inserted. Ends with exit code 1 if there are any.

    Reads every promotion that is not in a checkpoint, and a changing sample of the others. Of the rest it checks that they exist.
    """
    context = command_context()
    results = [verified(context.platform.objects, root, everything=all_) for root in context.ledgers(environment)]
    findings = [finding for result in results for finding in result.findings]
    for finding in findings:
        show(printable(str(finding)))
    if findings:
        raise GroundworkError(
            BROKEN,
            f"{len(findings)} records of the ledger were changed, removed or inserted",
            "look up in Google's audit log which accounts wrote to the ledger's bucket",
        )
    say(f"{sum(result.read for result in results)} promotions read: no record was changed, removed or inserted")
    if held := sum(result.held for result in results):
        say(f"{held} more promotions are in a checkpoint and were not read; `groundwork audit verify --all` reads them")
