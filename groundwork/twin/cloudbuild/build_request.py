"""A build to run: made from a trigger that fired, or from a submission."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundwork.ports.builds import Submission
from groundwork.twin.cloudbuild.matching import Push

_ATTRIBUTE = re.compile(r"\$\(body\.message\.attributes\.([A-Za-z0-9_-]+)\)")
"""A substitution's reference to a field of a message: https://cloud.google.com/build/docs/configuring-builds/use-bash-and-bindings-in-substitutions"""

_PLURAL = {"env": "envs", "secretEnv": "secretEnvs", "waitFor": "waitFors"}
"""Lists that Cloud Build's JSON has in the singular, and Pulumi's triggers in the plural."""


@dataclass(frozen=True, kw_only=True)
class BuildRequest:
    """One build to run."""

    project: str
    location: str
    account: str
    """Full name of the service account to build as; "" when none is set."""
    build: Mapping[str, Any] | None
    """As a trigger holds it."""
    repository: Path | None
    """The bare repository; None for a build without a source."""
    branch: str
    commit: str
    defaults: Mapping[str, str]
    """The user's substitutions that the build or the trigger sets."""
    external: Mapping[str, str]
    """The user's substitutions with values from outside, which may contain any text."""
    allow_loose: bool
    """Whether a substitution without a value, or one that the build does not use, is allowed."""
    operations: bool
    """Whether bash's operations on substitutions are evaluated by Cloud Build, as always for triggers."""
    by: str
    """How the log names the process that waits for the build: `pushed`, `published`, `submitted`."""
    trigger: str = ""
    source: str = ""
    """Name of the connected repository."""
    key: str = ""
    parent: str = ""
    """The build that submitted it, if one did."""
    id: str = ""
    """Chosen by the submitter; empty where the run is to choose."""

    @property
    def owner_and_name(self) -> tuple[str, str]:
        """The two parts of the repository's full name."""
        return (self.repository.parent.name, self.repository.name.removesuffix(".git")) if self.repository else ("", "")


def for_trigger(trigger: Mapping[str, Any], repository: Path, push: Push) -> BuildRequest:
    """Return the request of a trigger that fired, with Cloud Build's substitutions for pull requests.

    https://cloud.google.com/build/docs/configuring-builds/substitute-variable-values#using_default_substitutions
    """
    build = trigger.get("build")
    source = str((trigger.get("repositoryEventConfig") or {}).get("repository") or "").rpartition("/")[2]
    event: dict[str, str] = {}
    if push.pull:
        event = {"_HEAD_BRANCH": push.branch, "_BASE_BRANCH": push.pull.base, "_PR_NUMBER": str(push.pull.number)}
    return BuildRequest(
        project=trigger["project"], location=str(trigger.get("location") or "global"),
        account=str(trigger.get("serviceAccount") or ""), build=build, repository=repository, branch=push.branch,
        commit=push.commit, defaults={**((build or {}).get("substitutions") or {}), **(trigger.get("substitutions") or {})},
        external=event, allow_loose=True, operations=True, by="pushed", trigger=trigger["name"], source=source,
    )  # fmt: skip


def for_message(trigger: Mapping[str, Any], attributes: Mapping[str, str]) -> BuildRequest:
    """Return the request of a trigger that a message fired: it has no source."""
    build, values = trigger.get("build"), trigger.get("substitutions") or {}
    bound = {name: found[1] for name, value in values.items() if (found := _ATTRIBUTE.fullmatch(value))}
    return BuildRequest(
        project=trigger["project"], location=str(trigger.get("location") or "global"),
        account=str(trigger.get("serviceAccount") or ""), build=build, repository=None, branch="", commit="",
        defaults={**((build or {}).get("substitutions") or {}), **{name: values[name] for name in values if name not in bound}},
        external={name: attributes.get(attribute, "") for name, attribute in bound.items()},
        allow_loose=True, operations=True, by="published it", trigger=trigger["name"],
    )  # fmt: skip


def for_submission(submission: Submission, repository: Path | None, *, id_: str, parent: str) -> BuildRequest:
    """Return the request of a submitted build."""
    build = plural(submission.build)
    options = build.get("options") or {}
    return BuildRequest(
        project=submission.project, location=submission.region,
        account=f"projects/{submission.project}/serviceAccounts/{submission.service_account}", build=build,
        repository=repository, branch=submission.branch, commit=submission.commit,
        defaults=build.get("substitutions") or {}, external=submission.substitutions,
        allow_loose=options.get("substitutionOption") == "ALLOW_LOOSE", operations=bool(options.get("dynamicSubstitutions")),
        by="submitted it", key=submission.key, parent=parent, id=id_,
    )  # fmt: skip


def plural(build: Mapping[str, Any]) -> dict[str, Any]:
    """Return a build of Cloud Build's JSON form as triggers hold it."""
    renamed = {**build, "steps": [_renamed(step) for step in build.get("steps") or ()]}
    return {**renamed, "options": _renamed(build["options"])} if build.get("options") else renamed


def _renamed(values: Mapping[str, Any]) -> dict[str, Any]:
    return {_PLURAL.get(name, name): value for name, value in values.items()}
