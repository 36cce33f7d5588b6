"""Notify Ada when a deployment has stored no forecasts for eight days."""

from components.absence_alert import AbsenceAlert, AbsenceAlertArgs

AbsenceAlert(
    "results",
    AbsenceAlertArgs(
        metric="results_stored",
        project="northwind-ml-dev",
        line='log_id("cloudaudit.googleapis.com/data_access") AND protoPayload.metadata.tableDataChange.insertedRowsCount>0',
        resource="bigquery_dataset",
        by={"dataset": "EXTRACT(resource.labels.dataset_id)"},
        expected={"forecasting": {"dataset": "forecasting"}},
        days=8,
        channels={"ada": "projects/northwind-ml-dev/notificationChannels/1"},
        labels={"client": "northwind"},
    ),
)
