"""Triggers that start a build when a message is published.

Owns the trigger, which holds the whole build inline. Does not own the topic, nor the identity that the build runs as. The
build has no source: whoever may publish says when and, of what the build asks for, the attributes that are named here, and
nothing else. Who may start a build is so granted for this one, where Cloud Build knows only who may start any in a project.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import pulumi
import pulumi_gcp as gcp

from components.build_trigger import fitting
from groundwork.google.build_file import BuildFile


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

    attributes: Sequence[str] = ()
    """What a message tells the build: `by` is what its text asks for as `_BY`."""

    def __post_init__(self) -> None:
        fitting(self.build, frozenset(bindings(self.attributes)))


def bindings(attributes: Sequence[str]) -> dict[str, str]:
    """Return the substitutions that take a message's attributes.

    https://cloud.google.com/build/docs/configuring-builds/use-bash-and-bindings-in-substitutions
    """
    return {f"_{name.upper()}": f"$(body.message.attributes.{name})" for name in attributes}


class MessageTrigger(pulumi.ComponentResource):
    """A trigger with its build inline, which listens to a topic.

    Produces `<name>` (gcp.cloudbuild.Trigger).
    """

    trigger: pulumi.Output[str]
    """Its name."""

    def __init__(self, name: str, args: MessageTriggerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:cloudbuild:MessageTrigger", name, {}, opts)

        # decision 23: a person publishes to the topic, and needs no right to create builds
        trigger = gcp.cloudbuild.Trigger(
            name,
            name=args.trigger,
            project=args.project,
            location=args.region,
            description=args.description,
            service_account=args.service_account,
            pubsub_config={"topic": args.topic},
            build=cast("gcp.cloudbuild.TriggerBuildArgsDict", args.build.arguments),
            substitutions=bindings(args.attributes) or None,
            opts=pulumi.ResourceOptions(parent=self),
        )

        self.trigger = trigger.name
        self.register_outputs({"trigger": self.trigger})
