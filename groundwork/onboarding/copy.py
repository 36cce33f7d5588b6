"""A copy of an environment that differs only in its names."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from groundwork.errors import GroundworkError
from groundwork.onboarding import client, conflicts, environment_files


def replicate(  # noqa: PLR0913  the answers of a person
    checkout: Path, source: str, target: str, project: str, *, branches: Sequence[str] = (), repository: str = ""
) -> Path:
    """Write the file of a copy in its own project, and return its path. Raises GroundworkError, with nothing written.

    Its branches of the chain become `<target>/<branch>`, unless `branches` or another `repository` is given: otherwise one push
    would be evaluated twice.
    """
    config = environment_files.read(checkout, source)
    original = environment_files.validated(source, config)
    if any(isinstance(value, Mapping) and "secure" in value for value in config.values()):
        raise GroundworkError(
            "environment-secret-unsupported",
            f"Pulumi.{source}.yaml contains values that are encrypted for its own stack",
            "store credentials in Secret Manager, and name the secret in the file",
        )
    copied = _renamed(copy.deepcopy(config), config[environment_files.PROJECT], project)
    section = copied[environment_files.SECTION]
    copied[environment_files.PROJECT] = project
    if repository:
        section["repository"] = _repository(section["repository"], repository)
    else:
        section["chain"] = _chain(
            {"branches": original.chain.branches, "own_branches": original.chain.own_branches}, target, branches
        )
    new = environment_files.validated(target, copied)
    found = conflicts.conflicts({**conflicts.others(checkout, {target}), target: new}, of=[target])
    if found:
        raise GroundworkError(found[0].code, f"{found[0].message}\nnothing was written", found[0].hint)
    (written,) = environment_files.write(checkout, {target: environment_files.rendered(target, copied)})
    return written


def _repository(section: Mapping[str, Any], repository: str) -> dict[str, Any]:
    if "remote" not in section:
        raise GroundworkError(
            "environment-terraform-unsupported",
            "the whole section `repository` comes from Terraform, so the copy cannot have another repository",
            "write the settings of `repository` separately, each with its own value from Terraform, and copy again",
        )
    return {**section, "remote": client.remote(repository)}


def _chain(chain: Mapping[str, Sequence[str]], target: str, branches: Sequence[str]) -> dict[str, Any]:
    own = list(branches) or [f"{target}/{branch}" for branch in chain["own_branches"]]
    if len(own) != len(chain["own_branches"]):
        raise GroundworkError(
            "client-branches-invalid",
            f"the environment has {len(chain['own_branches'])} branches of the chain, and {len(own)} are given",
            f"set --branches to {len(chain['own_branches'])} branches",
        )
    renamed = dict(zip(chain["own_branches"], own, strict=True))
    return {"branches": [renamed.get(branch, branch) for branch in chain["branches"]], "own_branches": own}


def _renamed(value: Any, old: str, new: str) -> Any:
    """Return a value with the project's id replaced wherever it is a whole word: in images, keys and addresses."""
    if isinstance(value, str):
        return re.sub(rf"(?<![a-z0-9-]){re.escape(old)}(?![a-z0-9-])", new, value)
    if isinstance(value, Mapping):
        return {key: _renamed(inner, old, new) for key, inner in value.items()}
    return [_renamed(inner, old, new) for inner in value] if isinstance(value, list) else value
