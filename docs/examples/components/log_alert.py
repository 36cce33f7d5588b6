"""Notify Ada of every log line of a build that starts with ERROR."""

from components.log_alert import LogAlert, LogAlertArgs

LogAlert(
    "failed",
    LogAlertArgs(
        alert="failed builds",
        project="northwind-ml-dev",
        line='resource.type="build" AND textPayload=~"^ERROR"',
        channels={"ada": "projects/northwind-ml-dev/notificationChannels/1"},
        labels={"client": "northwind"},
    ),
)
