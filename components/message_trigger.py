"""Triggers that start a build when a message is published.

Owns the trigger, which holds the whole build inline. Does not own the topic, nor the identity that the build runs as. The
build has no source and sees nothing of the message: whoever may publish can say when, and not what.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

import pulumi
import pulumi_gcp as gcp

from components.build_file import BuildFile
from components.build_trigger import fitting


@dataclass(frozen=True, kw_only=True)
class MessageTriggerArgs:
    """One trigger."""

    trigger: str
    """Its name, unique in project and region."""

    project: str
    """Where the builds run."""

    region: str
    """Where the builds run, too."""

    description: str
    """What it does."""

    build: BuildFile
    """What it does, as `read_build_file` returns it."""

    topic: pulumi.Input[str]
    """`projects/…/topics/…`, each of whose messages starts a build."""

    service_account: pulumi.Input[str]
    """Whom the build runs as, `projects/…/serviceAccounts/…`; never Cloud Build's own, which is shared."""

    substitutions: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Values for the names that the build's text asks for (`_TARGET`): exactly those."""

    def __post_init__(self) -> None:
        fitting(self.build, self.substitutions)


class MessageTrigger(pulumi.ComponentResource):
    """A trigger with its build inline, which listens to a topic.

    Produces `<name>` (gcp.cloudbuild.Trigger).
    """

    trigger: pulumi.Output[str]
    """Its name."""

    def __init__(self, name: str, args: MessageTriggerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:cloudbuild:MessageTrigger", name, {}, opts)

        trigger = gcp.cloudbuild.Trigger(
            name,
            name=args.trigger,
            project=args.project,
            location=args.region,
            description=args.description,
            service_account=args.service_account,
            pubsub_config={"topic": args.topic},
            build=cast("gcp.cloudbuild.TriggerBuildArgsDict", args.build.arguments),
            substitutions=args.substitutions,
            opts=pulumi.ResourceOptions(parent=self),
        )

        self.trigger = trigger.name
        self.register_outputs({"trigger": self.trigger})
