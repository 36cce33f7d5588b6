"""Validation of an environment before deployment."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from groundwork.adapters import connect
from groundwork.cli.options import Environment, Json
from groundwork.cli.output import say, show
from groundwork.onboarding.check import check as run_checks
from groundwork.project import checkout


def check(
    environment: Environment = "dev",
    *,
    files_only: Annotated[bool, typer.Option("--files-only", help="Check files and installed programs only.")] = False,
    as_json: Json = False,
) -> None:
    """Validate an environment before deployment. Ends with exit code 1 if there are problems.

    Checks the environment file and the files that it names, conflicts with the names of other environments, installed programs,
    and the manual prerequisites: the project, the secrets and the repository.
    """
    session = connect.session()
    if not files_only:
        say(f"on {session.location}")
    checks = list(run_checks(checkout(), environment, None if files_only else session.prerequisites))
    findings = [finding for checked in checks for finding in checked.findings]
    if as_json:
        show(json.dumps([finding.json() for finding in findings], indent=2))
    else:
        for checked in checks:
            show(f"{'failed' if checked.findings else 'passed'}  {checked.what}")
            for finding in checked.findings:
                show(f"        {finding.message} ({finding.code})\n        hint: {finding.hint}")
    if findings:
        say(f"{len(findings)} problems found; fix them before `pulumi up --stack {environment}`")
        raise typer.Exit(1)
    say(f"no problems found; next: pulumi up --stack {environment}")
