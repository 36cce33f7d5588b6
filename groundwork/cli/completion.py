"""Shell completion of commands and options."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer
from typer.completion import get_completion_script  # type: ignore[attr-defined]  # not in its `__all__`

from groundwork.cli.app import COMPLETION
from groundwork.cli.output import show


class Shell(StrEnum):
    """The supported shells."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def completion(shell: Annotated[Shell, typer.Argument(help="The shell.", show_default=False)]) -> None:
    """Print the completion script for a shell.

    bash, in ~/.bashrc: eval "$(groundwork completion bash)"

    zsh, in ~/.zshrc: eval "$(groundwork completion zsh)"

    fish, once: groundwork completion fish > ~/.config/fish/completions/groundwork.fish
    """
    show(get_completion_script(prog_name="groundwork", complete_var=COMPLETION, shell=shell.value))
