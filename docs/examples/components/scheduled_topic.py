"""Every five minutes a message says that it is time."""

from components.scheduled_topic import ScheduledTopic, ScheduledTopicArgs

ScheduledTopic(
    "reconcile",
    ScheduledTopicArgs(
        clock="reconcile",
        project="northwind-ml-dev",
        region="europe-west2",
        description="The factory looks around",
        schedule="*/5 * * * *",
        labels={"client": "northwind"},
    ),
)
