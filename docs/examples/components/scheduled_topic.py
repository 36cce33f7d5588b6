"""Publish a message every five minutes."""

from components.scheduled_topic import ScheduledTopic, ScheduledTopicArgs

ScheduledTopic(
    "reconcile",
    ScheduledTopicArgs(
        topic="reconcile",
        project="northwind-ml-dev",
        region="europe-west2",
        description="Starts reconciliation",
        schedule="*/5 * * * *",
        labels={"client": "northwind"},
    ),
)
