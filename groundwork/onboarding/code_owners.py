"""Who has to review what is the platform's, as GitHub reads it: one file for the repository, from the environments' files.

https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners:
the last line that fits a path decides, and one without an owner asks for no review of owners.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from groundwork.contract.change_scope import PLATFORM_FOLDERS
from groundwork.errors import GroundworkError
from groundwork.onboarding import environment_files

FILE = ".github/CODEOWNERS"
_HEAD = (
    "# Written by `groundwork codeowners --write` from `people.code_owners` of the environment files.\n"
    "# Pipeline folders have no code owners, because the factory evaluates their changes. The platform's owners review all\n"
    "# other files, and the folders of a pipeline that contain its evaluation and the tables that `pulumi up` reads.\n"
)


def code_owners(checkout: Path) -> str:
    """Return the file's text; raises GroundworkError where an environment's file is wrong, or none names an owner.

    What all environments are made of is owned by the owners of each; an environment's own file by its own.
    """
    owners = {
        stack: environment_files.validated(stack, environment_files.read(checkout, stack)).people.code_owners
        for stack in environment_files.stacks(checkout)
    }
    return code_owners_text(owners)


def code_owners_text(owners: Mapping[str, Sequence[str]]) -> str:
    """Return the file's text for the owners of each environment; raises GroundworkError where there are none."""
    everybody = sorted({owner for each in owners.values() for owner in each})
    if not everybody:
        raise GroundworkError(
            "no-code-owners",
            "no environment's file says who owns the platform's files",
            "name them in `people.code_owners`, like `@northwind/platform`",
        )
    lines = {
        "*": everybody,
        **{f"/Pulumi.{stack}.yaml": list(each) or everybody for stack, each in owners.items()},
        "/pipelines/*/": [],
        **{f"/pipelines/*/{folder}/": everybody for folder in PLATFORM_FOLDERS},
    }
    width = max(map(len, lines))
    return _HEAD + "".join(f"{' '.join([path.ljust(width), *each]).rstrip()}\n" for path, each in lines.items())
