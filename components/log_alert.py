"""Alerts on log lines that report a problem.

Owns the alert policy. Does not own its channels, nor the programs that write the lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp


@dataclass(frozen=True, kw_only=True)
class LogAlertArgs:
    """One type of log line."""

    alert: str
    """The alert's name, which the notification shows."""

    project: str
    """The project with the logs."""

    line: str
    """A filter in Cloud Logging's language: each matching line starts a notification."""

    channels: Mapping[str, pulumi.Input[str]]
    """Notification channels by a stable name."""

    labels: Mapping[str, str]
    """Labels of client, environment and managing tool."""

    pause_minutes: int = 60
    """Minimum time between two notifications of this alert."""

    def __post_init__(self) -> None:
        if not self.channels:
            raise ValueError("channels is empty: the alert needs at least one channel")


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
