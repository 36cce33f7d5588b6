"""Triggers that start a build for a published message.

Owns the trigger, which contains the whole build inline. Does not own the topic, nor the build's identity. The build has no
source: a publisher decides the time and the values of the listed attributes, and nothing else. So the permission to start a build
can be granted for this build only; Cloud Build itself grants it for all builds of a project.
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
    """The trigger's name, unique in project and region."""

    project: str
    """The project in which the builds run."""

    region: str
    """The region in which the builds run."""

    description: str
    """Purpose of the build, for readers of the console."""

    build: BuildFile
    """The build, as `read_build_file` returns it."""

    topic: pulumi.Input[str]
    """`projects/…/topics/…`; each of its messages starts a build."""

    service_account: pulumi.Input[str]
    """The build's identity, `projects/…/serviceAccounts/…`; never Cloud Build's own account, which all builds share."""

    attributes: Sequence[str] = ()
    """Attributes of a message that become substitutions: `by` becomes `_BY`."""

    def __post_init__(self) -> None:
        fitting(self.build, frozenset(bindings(self.attributes)))


def bindings(attributes: Sequence[str]) -> dict[str, str]:
    """Return the substitutions for a message's attributes.

    https://cloud.google.com/build/docs/configuring-builds/use-bash-and-bindings-in-substitutions
    """
    return {f"_{name.upper()}": f"$(body.message.attributes.{name})" for name in attributes}


class MessageTrigger(pulumi.ComponentResource):
    """A trigger on a topic, with its build inline.

    Produces `<name>` (gcp.cloudbuild.Trigger).
    """

    trigger: pulumi.Output[str]
    """The trigger's name."""

    def __init__(self, name: str, args: MessageTriggerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:cloudbuild:MessageTrigger", name, {}, opts)

        # decision 23: a person publishes to the topic, and needs no permission to create builds
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
