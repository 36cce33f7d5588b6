"""Alerts on log lines that should be there and stay away.

Owns a metric that counts the lines, and an alert policy for each of those who should write them. Does not own the channels.

Google's own condition for what is absent reaches back 23 hours and a half
(https://cloud.google.com/monitoring/alerts/metric-absence), less than a week's schedule needs. A condition in PromQL has no such
limit (https://docs.cloud.google.com/monitoring/alerts/using-promql), and finds what was never there, too.
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
    """One kind of line."""

    metric: str
    """Name of the metric that counts it: lower-case letters, digits and underscores, which PromQL takes as they are."""

    project: str
    """The project whose logs are watched."""

    line: str
    """A filter in Cloud Logging's language."""

    resource: str
    """The type of the monitored resource that the lines come from, by which PromQL tells metrics apart."""

    by: Mapping[str, str]
    """The metric's labels that say whose a line is, with how each is found in the line, as label extractors are written."""

    expected: Mapping[str, Mapping[str, str]]
    """Who has to turn up, by what people call it, with the values of the labels; each has an alert of its own."""

    days: int
    """How long a value may stay away."""

    channels: Mapping[str, pulumi.Input[str]]
    """Notification channels by a name that will not change."""

    labels: Mapping[str, str]
    """Whose it is and what manages it."""

    def __post_init__(self) -> None:
        if not _METRIC.match(self.metric):
            raise ValueError(f"{self.metric!r} is not a metric's name: lower-case letters, digits, underscores, a letter first")
        if not 1 <= self.days <= 30:  # noqa: PLR2004  Google keeps such metrics for six weeks
            raise ValueError(f"{self.days} days cannot be watched: 1 to 30")
        if not self.channels:
            raise ValueError("an alert without a channel notifies no person")


class AbsenceAlert(pulumi.ComponentResource):
    """A metric and the alerts on its absence.

    Produces `<name>` (gcp.logging.Metric) and `<name>-<who>` (gcp.monitoring.AlertPolicy) for each who is expected.
    """

    metric: pulumi.Output[str]
    """Its name."""

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
        # Google refuses a query of a metric that it does not know yet
        after = pulumi.ResourceOptions(parent=self, depends_on=[metric])
        for who in args.expected:
            _alert(f"{name}-{who}", args, who, after)

        self.metric = metric.name
        self.register_outputs({"metric": self.metric})


def _alert(name: str, args: AbsenceAlertArgs, who: str, opts: pulumi.ResourceOptions) -> None:
    title = f"{args.metric} of {who} stays away"
    labels = "".join(f',{label}="{value}"' for label, value in args.expected[who].items())
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
                    "disable_metric_validation": True,  # before the first run nobody has written the metric
                },
            }
        ],
        notification_channels=list(args.channels.values()),
        user_labels=args.labels,
        opts=opts,
    )
