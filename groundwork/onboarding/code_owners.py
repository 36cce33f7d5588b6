"""The reviewers of the platform's files, in GitHub's format: one file for the repository, made from all environment files.

https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners:
the last line that matches a path decides, and a line without an owner requires no review by owners.
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
    """Return the text of the file; raises GroundworkError for an invalid environment file, or if no file names an owner.

    The owners of all environments own the files that environments share; an environment's owners own its file.
    """
    owners = {
        name: environment_files.validated(name, environment_files.read(checkout, name)).people.code_owners
        for name in environment_files.environments(checkout)
    }
    return code_owners_text(owners)


def code_owners_text(owners: Mapping[str, Sequence[str]]) -> str:
    """Return the text of the file for the owners of each environment; raises GroundworkError if there are none."""
    all_owners = sorted({owner for of_environment in owners.values() for owner in of_environment})
    if not all_owners:
        raise GroundworkError(
            "code-owners-missing",
            "no environment file names the owners of the platform's files",
            "add `people.code_owners` to an environment file, such as `@northwind/platform`",
        )
    lines = {
        "*": all_owners,
        **{f"/Pulumi.{name}.yaml": list(of_environment) or all_owners for name, of_environment in owners.items()},
        "/pipelines/*/": [],
        **{f"/pipelines/*/{folder}/": all_owners for folder in PLATFORM_FOLDERS},
    }
    width = max(map(len, lines))
    return _HEAD + "".join(f"{' '.join([path.ljust(width), *names]).rstrip()}\n" for path, names in lines.items())
