"""What would go wrong, told before anything is created."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from groundwork.cli.options import Environment, Json
from groundwork.cli.output import say, show
from groundwork.twin.core import shell


def check(
    environment: Environment = "dev",
    *,
    files_only: Annotated[bool, typer.Option("--files-only", help="Look at files and programs, not at the twin.")] = False,
    as_json: Json = False,
) -> None:
    """Say what is wrong with an environment before anything is created; 1 where something is.

    Looks at its file, the files that it names, names that other environments have, programs, and what people prepare by hand.
    """
    from groundwork.onboarding.check import check as look  # noqa: PLC0415  it loads Pulumi
    from groundwork.onboarding.preflight_target import Twin  # noqa: PLC0415  as above

    root = shell.folder()
    if not files_only:
        say(f"on the twin in {root}")
    looked = list(look(shell.checkout(), environment, None if files_only else Twin(root)))
    findings = [finding for each in looked for finding in each.findings]
    if as_json:
        show(json.dumps([finding.json() for finding in findings], indent=2))
    else:
        for each in looked:
            show(f"{'wrong' if each.findings else 'right'}  {each.what}")
            for finding in each.findings:
                show(f"       {finding.message} ({finding.code})\n       hint: {finding.hint}")
    if findings:
        say(f"{len(findings)} to put right before `pulumi up --stack {environment}`")
        raise typer.Exit(1)
    say(f"nothing is wrong; next: pulumi up --stack {environment}")
