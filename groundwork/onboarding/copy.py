"""One environment made from another: the same but for its names."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from groundwork.errors import GroundworkError
from groundwork.onboarding import client, conflicts, environment_files


def replicate(  # noqa: PLR0913  what a person says of the new one
    checkout: Path, source: str, target: str, project: str, *, branches: Sequence[str] = (), repository: str = ""
) -> Path:
    """Write the file of an environment like another in a project of its own; raises GroundworkError, with nothing written.

    Its branches in the chain become `<target>/<branch>` unless they are given, or the repository
    is another: no push is evaluated twice.
    """
    config = environment_files.read(checkout, source)
    there = environment_files.validated(source, config)
    if any(isinstance(value, Mapping) and "secure" in value for value in config.values()):
        raise GroundworkError(
            "environment-secret",
            f"Pulumi.{source}.yaml holds values that are encrypted for its stack alone",
            "keep credentials in Secret Manager; the file names the secret",
        )
    made = _renamed(copy.deepcopy(config), config[environment_files.PROJECT], project)
    section = made[environment_files.SECTION]
    made[environment_files.PROJECT] = project
    if repository:
        section["repository"] = _repository(section["repository"], repository)
    else:
        section["chain"] = _chain({"branches": there.chain.branches, "own_branches": there.chain.own_branches}, target, branches)
    new = environment_files.validated(target, made)
    found = conflicts.clashes({**conflicts.others(checkout, {target}), target: new}, of=[target])
    if found:
        raise GroundworkError(found[0].code, f"{found[0].message}\nnothing was written", found[0].hint)
    (written,) = environment_files.write(checkout, {target: environment_files.rendered(target, made)})
    return written


def _repository(given: Mapping[str, Any], repository: str) -> dict[str, Any]:
    if "remote" not in given:
        raise GroundworkError(
            "environment-terraform",
            "the whole section `repository` comes from Terraform, so that nothing in it can be another",
            "write its settings out, each with a value of its own from Terraform, and copy again",
        )
    return {**given, "remote": client.remote(repository)}


def _chain(chain: Mapping[str, Sequence[str]], target: str, wanted: Sequence[str]) -> dict[str, Any]:
    own = list(wanted) or [f"{target}/{branch}" for branch in chain["own_branches"]]
    if len(own) != len(chain["own_branches"]):
        raise GroundworkError(
            "client-branches",
            f"the environment has {len(chain['own_branches'])} branches of the chain, not {len(own)}",
            "name as many",
        )
    renamed = dict(zip(chain["own_branches"], own, strict=True))
    return {"branches": [renamed.get(branch, branch) for branch in chain["branches"]], "own_branches": own}


def _renamed(value: Any, old: str, new: str) -> Any:
    """Return a value in which the project's id, where it stands as a whole, is the new one: in images, keys and addresses."""
    if isinstance(value, str):
        return re.sub(rf"(?<![a-z0-9-]){re.escape(old)}(?![a-z0-9-])", new, value)
    if isinstance(value, Mapping):
        return {key: _renamed(inner, old, new) for key, inner in value.items()}
    return [_renamed(inner, old, new) for inner in value] if isinstance(value, list) else value
