"""Alerts on log lines that should not be there.

Owns the alert policy. Does not own the channels that it tells, nor what writes the lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp


@dataclass(frozen=True, kw_only=True)
class LogAlertArgs:
    """One kind of line."""

    alert: str
    """Its name, as people read it in the message."""

    project: str
    """The project whose logs are watched."""

    line: str
    """A filter in Cloud Logging's language: each line that it finds is a reason to tell."""

    channels: Mapping[str, pulumi.Input[str]]
    """Notification channels by a name that will not change."""

    labels: Mapping[str, str]
    """Whose it is and what manages it."""

    pause_minutes: int = 60
    """After a message, this long none for the same reason."""

    def __post_init__(self) -> None:
        if not self.channels:
            raise ValueError("an alert without a channel notifies no person")


class LogAlert(pulumi.ComponentResource):
    """An alert policy on a log line.

    Produces `<name>` (gcp.monitoring.AlertPolicy).
    """

    def __init__(self, name: str, args: LogAlertArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:monitoring:LogAlert", name, {}, opts)

        gcp.monitoring.AlertPolicy(
            name,
            display_name=args.alert,
            project=args.project,
            combiner="OR",
            conditions=[{"display_name": args.alert, "condition_matched_log": {"filter": args.line}}],
            alert_strategy={
                "notification_rate_limit": {"period": f"{args.pause_minutes * 60}s"},
                "auto_close": "86400s",
            },
            notification_channels=list(args.channels.values()),
            user_labels=args.labels,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})
