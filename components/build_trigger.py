"""Triggers that start a build when a branch is pushed, or a pull request to one is opened.

Owns the trigger, which holds the whole build inline: what is pushed cannot change what it is put through. Does not own the
identity that the build runs as, nor the repository it listens to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

import pulumi
import pulumi_gcp as gcp

from groundwork.google.build_file import BuildFile

COMMENTED = "COMMENTS_ENABLED"
"""A pull request starts nothing before somebody who may write to the repository has said `/gcbrun` in it, strangers' and members'
alike: https://cloud.google.com/build/docs/automating-builds/github/build-repos-from-github#creating_github_triggers"""
_LOGS = ("CLOUD_LOGGING_ONLY", "NONE")
_OF_PULL_REQUESTS = frozenset({"_BASE_BRANCH", "_HEAD_BRANCH", "_HEAD_REPO_URL", "_PR_NUMBER"})
"""What Cloud Build itself gives (https://cloud.google.com/build/docs/configuring-builds/substitute-variable-values)."""


@dataclass(frozen=True, kw_only=True)
class BuildTriggerArgs:
    """One trigger."""

    trigger: str
    """Its name, unique in project and region."""

    project: str
    """Where the builds run."""

    region: str
    """The region of the repository's connection."""

    description: str
    """What it builds, and when."""

    build: BuildFile
    """What it does, as `read_build_file` returns it."""

    repository: pulumi.Input[str]
    """Second-generation repository that it listens to, by its full id."""

    branch: str
    """Regular expression (RE2) of the branches whose pushes start it, or pull requests to which."""

    on: Literal["push", "pull_request"] = "push"
    """What starts it; a pull request once somebody who may write to the repository comments `/gcbrun` on it."""

    approval: bool = False
    """Whether a build waits until a person with `roles/cloudbuild.builds.approver` approves it."""

    service_account: pulumi.Input[str]
    """Whom the build runs as, `projects/…/serviceAccounts/…`; never Cloud Build's own, which is shared."""

    included_files: Sequence[str] = ()
    """Globs: a push that touches none of these files starts nothing. Without, any file will do that is not ignored."""

    ignored_files: Sequence[str] = ()
    """Globs: a push that touches no other file starts nothing."""

    def __post_init__(self) -> None:
        fitting(self.build, _OF_PULL_REQUESTS if self.on == "pull_request" else frozenset())
        if not self.included_files and not self.ignored_files:
            raise ValueError("included_files and ignored_files name no file: the trigger would start on every push")


def fitting(build: BuildFile, given: frozenset[str] = frozenset()) -> None:
    """Raise ValueError unless all that a build asks for is filled in, or given by the event that starts it.

    A trigger has no substitutions of its own: whoever may run one may give each of them another value.
    """
    if missing := sorted(build.uses - given):
        raise ValueError(f"{build.path} uses {', '.join(missing)}, which would be empty: fill it in with `BuildFile.fill`")
    if lost := sorted(build.in_scripts - build.mentions):
        first = lost[0]
        raise ValueError(
            f"a script in {build.path} asks for {', '.join(lost)}, and Google fills no script: "
            f"add `{first.lstrip('_')}=${first}` to the step's `env`"
        )
    logging = build.arguments.get("options", {}).get("logging")
    if logging not in _LOGS and not build.arguments.get("logs_bucket"):
        raise ValueError(
            f"{build.path} runs as its own account: Google asks for `options.logging`, {' or '.join(_LOGS)}, or a `logsBucket`"
        )


class BuildTrigger(pulumi.ComponentResource):
    """A trigger with its build inline.

    Produces `<name>` (gcp.cloudbuild.Trigger).
    """

    trigger: pulumi.Output[str]
    """Its name."""

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
