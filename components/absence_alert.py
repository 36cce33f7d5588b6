"""Alerts on expected log lines that do not arrive.

Owns a metric that counts the lines, and an alert policy for each expected writer. Does not own the channels.

Google's metric-absence condition is limited to 23.5 hours (https://cloud.google.com/monitoring/alerts/metric-absence), which is
too short for a weekly schedule. A condition in PromQL has no such limit
(https://docs.cloud.google.com/monitoring/alerts/using-promql), and also finds lines that have never been written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

_METRIC = re.compile(r"^[a-z][a-z0-9_]{0,99}$")


@dataclass(frozen=True, kw_only=True)
class AbsenceAlertArgs:
    """One type of log line."""

    metric: str
    """Name of the metric that counts the lines: lower-case letters, digits and underscores, which PromQL takes without
    quoting."""

    project: str
    """The project with the logs."""

    line: str
    """A filter in Cloud Logging's language."""

    resource: str
    """The type of the monitored resource that writes the lines; PromQL needs it to identify the metric."""

    by: Mapping[str, str]
    """The metric's labels, which identify the writer of a line. Values are label extractors: they read the label from the
    line."""

    expected: Mapping[str, Mapping[str, str]]
    """The expected writers by their display names, with the values of their labels. Each has its own alert."""

    days: int
    """The alert fires after so many days without a line; 1 to 30."""

    channels: Mapping[str, pulumi.Input[str]]
    """Notification channels by a stable name."""

    labels: Mapping[str, str]
    """Labels of client, environment and managing tool."""

    def __post_init__(self) -> None:
        if not _METRIC.match(self.metric):
            raise ValueError(f"{self.metric!r} is not a metric name: use lower-case letters, digits, underscores, a letter first")
        if not 1 <= self.days <= 30:  # noqa: PLR2004  Google keeps such metrics for six weeks
            raise ValueError(f"days is {self.days}: use 1 to 30")
        if not self.channels:
            raise ValueError("channels is empty: the alert needs at least one channel")


class AbsenceAlert(pulumi.ComponentResource):
    """A metric and the alerts on its absence.

    Produces `<name>` (gcp.logging.Metric) and `<name>-<writer>` (gcp.monitoring.AlertPolicy) for each expected writer.
    """

    metric: pulumi.Output[str]
    """The metric's name."""

    def __init__(self, name: str, args: AbsenceAlertArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:monitoring:AbsenceAlert", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)

        metric = gcp.logging.Metric(
            name,
            name=args.metric,
            project=args.project,
            filter=args.line,
            metric_descriptor={
                "metric_kind": "DELTA",
                "value_type": "INT64",
                "labels": [{"key": label, "value_type": "STRING"} for label in args.by],
            },
            label_extractors=args.by,
            opts=child,
        )
        # Google refuses a query of a metric that does not exist yet
        after = pulumi.ResourceOptions(parent=self, depends_on=[metric])
        for writer in args.expected:
            _alert(f"{name}-{writer}", args, writer, after)

        self.metric = metric.name
        self.register_outputs({"metric": self.metric})


def _alert(name: str, args: AbsenceAlertArgs, writer: str, opts: pulumi.ResourceOptions) -> None:
    title = f"{args.metric} of {writer} is absent"
    labels = "".join(f',{label}="{value}"' for label, value in args.expected[writer].items())
    selector = f'logging_googleapis_com:user_{args.metric}{{monitored_resource="{args.resource}"{labels}}}'
    gcp.monitoring.AlertPolicy(
        name,
        display_name=title,
        project=args.project,
        combiner="OR",
        conditions=[
            {
                "display_name": title,
                "condition_prometheus_query_language": {
                    "query": f"absent_over_time({selector}[{args.days}d])",
                    "duration": "0s",
                    "evaluation_interval": "3600s",
                    "disable_metric_validation": True,  # the metric has no data before the first run
                },
            }
        ],
        notification_channels=list(args.channels.values()),
        user_labels=args.labels,
        opts=opts,
    )
