"""Ada is told when a deployment has stored no forecasts for eight days."""

from components.absence_alert import AbsenceAlert, AbsenceAlertArgs

AbsenceAlert(
    "forecasts",
    AbsenceAlertArgs(
        metric="forecasts_stored",
        project="northwind-ml-dev",
        line='resource.type="ml_job" AND jsonPayload.event="stored"',
        resource="ml_job",
        by="deployment",
        expected=["forecasting"],
        days=8,
        channels={"ada": "projects/northwind-ml-dev/notificationChannels/1"},
        labels={"client": "northwind"},
    ),
)
