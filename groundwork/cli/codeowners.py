"""The reviewers of the platform's files, for the Git provider."""

from __future__ import annotations

from typing import Annotated

import typer

from groundwork.cli.output import say, show
from groundwork.onboarding.code_owners import FILE, code_owners
from groundwork.project import checkout


def codeowners(
    *, write: Annotated[bool, typer.Option("--write", help=f"Write `{FILE}` instead of printing it.")] = False
) -> None:
    """Print CODEOWNERS for the platform's files, from `people.code_owners` of the environment files."""
    folder = checkout()
    text = code_owners(folder)
    if not write:
        show(text.rstrip("\n"))
        return
    file = folder / FILE
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    say(f"wrote {FILE}; it takes effect on the base branch of pull requests, once that branch is protected")
