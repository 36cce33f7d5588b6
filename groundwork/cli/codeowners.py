"""Who has to review the platform's files, for the Git provider."""

from __future__ import annotations

from typing import Annotated

import typer

from groundwork.cli.output import say, show
from groundwork.twin.core import shell


def codeowners(
    *, write: Annotated[bool, typer.Option("--write", help="Write `.github/CODEOWNERS`, instead of showing it.")] = False
) -> None:
    """Show who has to review what of the platform: CODEOWNERS, from `people.code_owners` of the environments' files."""
    from groundwork.onboarding.code_owners import FILE, code_owners  # noqa: PLC0415  it loads Pulumi

    checkout = shell.checkout()
    text = code_owners(checkout)
    if not write:
        show(text.rstrip("\n"))
        return
    file = checkout / FILE
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    say(f"written: {FILE}; it takes effect on the base branch of pull requests, once that branch is protected")
