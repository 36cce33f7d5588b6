"""Create a topic to which one account publishes."""

from components.topic import Topic, TopicArgs

Topic(
    "notifications",
    TopicArgs(
        topic="notifications",
        project="northwind-ml-dev",
        labels={"client": "northwind"},
        publishers={"runner": "serviceAccount:forecasting-runner@northwind-ml-dev.iam.gserviceaccount.com"},
    ),
)
