"""Triggers that start a build for a push to a branch, or for a pull request to a branch.

Owns the trigger, which contains the whole build inline: a pushed commit cannot change the build that checks it. Does not own the
build's identity, nor the repository.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

import pulumi
import pulumi_gcp as gcp

from groundwork.google.build_file import BuildFile

COMMENTED = "COMMENTS_ENABLED"
"""Every pull request, also one of a member, starts a build only after a comment `/gcbrun` by a person with write permission:
https://cloud.google.com/build/docs/automating-builds/github/build-repos-from-github#creating_github_triggers"""
_LOGS = ("CLOUD_LOGGING_ONLY", "NONE")
_OF_PULL_REQUESTS = frozenset({"_BASE_BRANCH", "_HEAD_BRANCH", "_HEAD_REPO_URL", "_PR_NUMBER"})
"""Substitutions of Cloud Build itself (https://cloud.google.com/build/docs/configuring-builds/substitute-variable-values)."""


@dataclass(frozen=True, kw_only=True)
class BuildTriggerArgs:
    """One trigger."""

    trigger: str
    """The trigger's name, unique in project and region."""

    project: str
    """The project in which the builds run."""

    region: str
    """The region of the repository's connection."""

    description: str
    """Purpose of the build and its event, for readers of the console."""

    build: BuildFile
    """The build, as `read_build_file` returns it."""

    repository: pulumi.Input[str]
    """Full id of the second-generation repository with the events."""

    branch: str
    """Regular expression (RE2) of the branches: pushes to them, or pull requests to them, start the build."""

    on: Literal["push", "pull_request"] = "push"
    """The event. A pull request starts the build after a person with write permission comments `/gcbrun` on it."""

    approval: bool = False
    """Whether a build waits until a person with `roles/cloudbuild.builds.approver` approves it."""

    service_account: pulumi.Input[str]
    """The build's identity, `projects/…/serviceAccounts/…`; never Cloud Build's own account, which all builds share."""

    included_files: Sequence[str] = ()
    """Globs: only a push that changes one of these files starts the build. Empty: every file counts that is not ignored."""

    ignored_files: Sequence[str] = ()
    """Globs: a push that changes only such files does not start the build."""

    def __post_init__(self) -> None:
        fitting(self.build, _OF_PULL_REQUESTS if self.on == "pull_request" else frozenset())
        if not self.included_files and not self.ignored_files:
            raise ValueError("included_files and ignored_files are empty: set one, or every push starts the build")


def fitting(build: BuildFile, event_values: frozenset[str] = frozenset()) -> None:
    """Raise ValueError if a substitution of the build has no value, neither in the build file nor from its event.

    A trigger has no substitutions of its own: any identity that may run a trigger may override their values.
    """
    if missing := sorted(build.uses - event_values):
        raise ValueError(f"{build.path} uses {', '.join(missing)}, which would be empty: fill it in with `BuildFile.fill`")
    if lost := sorted(build.in_scripts - build.mentions):
        first = lost[0]
        raise ValueError(
            f"a script in {build.path} uses {', '.join(lost)}, and Google substitutes nothing in scripts: "
            f"add `{first.lstrip('_')}=${first}` to the step's `env`"
        )
    logging = build.arguments.get("options", {}).get("logging")
    if logging not in _LOGS and not build.arguments.get("logs_bucket"):
        raise ValueError(
            f"{build.path} runs as a service account: set `options.logging` to {' or '.join(_LOGS)}, or set a `logsBucket`"
        )


class BuildTrigger(pulumi.ComponentResource):
    """A trigger with its build inline.

    Produces `<name>` (gcp.cloudbuild.Trigger).
    """

    trigger: pulumi.Output[str]
    """The trigger's name."""

    def __init__(self, name: str, args: BuildTriggerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:cloudbuild:BuildTrigger", name, {}, opts)

        trigger = gcp.cloudbuild.Trigger(
            name,
            name=args.trigger,
            project=args.project,
            location=args.region,
            description=args.description,
            service_account=args.service_account,
            repository_event_config={"repository": args.repository, **_event(args)},
            approval_config={"approval_required": True} if args.approval else None,
            included_files=args.included_files or None,
            ignored_files=args.ignored_files or None,
            build=cast("gcp.cloudbuild.TriggerBuildArgsDict", args.build.arguments),
            opts=pulumi.ResourceOptions(parent=self),
        )

        self.trigger = trigger.name
        self.register_outputs({"trigger": self.trigger})


def _event(args: BuildTriggerArgs) -> gcp.cloudbuild.TriggerRepositoryEventConfigArgsDict:
    if args.on == "push":
        return {"push": {"branch": args.branch}}
    return {"pull_request": {"branch": args.branch, "comment_control": COMMENTED}}
