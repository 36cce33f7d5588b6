"""E-mail addresses for the notifications of Cloud Monitoring.

Owns the channel. Does not own alerts or budgets: they name the channels that they use.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp


@dataclass(frozen=True, kw_only=True)
class EmailChannelArgs:
    """One address."""

    email: str
    """The recipient. Google sends no request for confirmation, so check the address."""

    project: str
    """The project with the alerts."""

    labels: Mapping[str, str]
    """Labels of client, environment and managing tool."""

    def __post_init__(self) -> None:
        if "@" not in self.email:
            raise ValueError(f"{self.email!r} is not an e-mail address")


class EmailChannel(pulumi.ComponentResource):
    """A notification channel.

    Produces `<name>` (gcp.monitoring.NotificationChannel).
    """

    channel: pulumi.Output[str]
    """`projects/…/notificationChannels/…`, for alerts and budgets."""

    def __init__(self, name: str, args: EmailChannelArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:monitoring:EmailChannel", name, {}, opts)

        channel = gcp.monitoring.NotificationChannel(
            name,
            display_name=args.email,
            type="email",
            labels={"email_address": args.email},
            project=args.project,
            user_labels=args.labels,
            opts=pulumi.ResourceOptions(parent=self),
        )

        self.channel = channel.name
        self.register_outputs({"channel": self.channel})
