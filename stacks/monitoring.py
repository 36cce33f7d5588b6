"""Monitoring: alerts on failed builds, failed runs and missing results, a budget, and retained logs."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from components.absence_alert import AbsenceAlert, AbsenceAlertArgs
from components.bucket import Bucket, BucketArgs
from components.budget import Budget, BudgetArgs
from components.email_channel import EmailChannel, EmailChannelArgs
from components.log_alert import LogAlert, LogAlertArgs
from components.log_sink import LogSink, LogSinkArgs
from components.services import Services
from groundwork.environment import names
from groundwork.environment.file import Environment
from groundwork.environment.sections.monitoring import Budget as BudgetSection
from stacks import people

FAILED = {
    # Cloud Build ends the log of a build that fails with such a line: https://cloud.google.com/build/docs/view-build-results
    "builds": 'resource.type="build" AND textPayload=~"^(ERROR|TIMEOUT)(:|$)"',
    # Vertex AI logs each change of a pipeline job's state: https://cloud.google.com/vertex-ai/docs/pipelines/logging
    "runs": 'resource.type="aiplatform.googleapis.com/PipelineJob" AND log_id("aiplatform.googleapis.com/pipeline_job_events") '
    'AND jsonPayload.state="PIPELINE_STATE_FAILED"',
}
STORED = (
    'log_id("cloudaudit.googleapis.com/data_access") AND resource.type="bigquery_dataset" '
    'AND protoPayload.metadata.tableDataChange.insertedRowsCount>0 AND protoPayload.authenticationInfo.principalEmail:"{}"'
)
"""The audit log's entry of added rows, with the account. Other log lines could be forged by any identity that may write logs,
for any resource: https://cloud.google.com/bigquery/docs/reference/auditlogs/rest/Shared.Types/BigQueryAuditMetadata."""
BY_WHOM = {
    "dataset": "EXTRACT(resource.labels.dataset_id)",
    "account": 'REGEXP_EXTRACT(protoPayload.authenticationInfo.principalEmail, "^([^@]+)@")',
}
"""A deployment's results are stored in its own dataset, by its own runner."""
KEPT = 'logName:"cloudaudit.googleapis.com" OR resource.type=("build" OR "ml_job" OR "aiplatform.googleapis.com/PipelineJob")'


def monitoring(environment: Environment, services: Services, labels: Mapping[str, str], key: pulumi.Input[str] | None) -> None:
    """Build the alerts, the budget and the sink, if the environment file has the section."""
    section, project = environment.monitoring, environment.project
    if section is None:
        return
    first = services.before("monitoring", "logging", "storage", "billingbudgets", "serviceusage", "pubsub")
    channels = {
        names.channel(person): EmailChannel(
            names.channel(person), EmailChannelArgs(email=person, project=project, labels=labels), first
        ).channel
        for person in section.alert_emails
    }
    for work, line in FAILED.items():
        alert = LogAlertArgs(alert=f"failed {work}", project=project, line=line, channels=channels, labels=labels)
        LogAlert(f"failed-{work}", alert, first)
    if section.stale_results_days:
        AbsenceAlert("results", _stale(environment, section.stale_results_days, channels, labels), first)
    if section.keep_logs_days:
        logs = Bucket("logs", _logs(environment, section.keep_logs_days, labels, key), first)
        LogSink("kept-logs", LogSinkArgs(sink="kept-logs", project=project, bucket=logs.name, lines=KEPT), first)
    if section.budget:
        Budget("budget", _budget(environment, section.budget, channels), first)


def _stale(
    environment: Environment, days: int, channels: Mapping[str, pulumi.Input[str]], labels: Mapping[str, str]
) -> AbsenceAlertArgs:
    scheduled = [name for name, deployment in environment.deployments.items() if deployment.schedule]
    return AbsenceAlertArgs(
        metric="results_stored",
        project=environment.project,
        line=STORED.format(f"{names.runner('')}@{environment.project}.iam.gserviceaccount.com"),
        resource="bigquery_dataset",
        by=BY_WHOM,
        expected={name: {"dataset": names.dataset(name), "account": names.runner(name)} for name in scheduled},
        days=days,
        channels=channels,
        labels=labels,
    )


def _logs(environment: Environment, days: int, labels: Mapping[str, str], key: pulumi.Input[str] | None) -> BucketArgs:
    return BucketArgs(
        bucket=names.logs_bucket(environment.project),
        project=environment.project,
        location=environment.region,
        labels=labels,
        protect=environment.protect_data,
        retention_days=days,
        key=key,
        readers=people.of_the_ledger(environment),
    )


def _budget(environment: Environment, section: BudgetSection, channels: Mapping[str, pulumi.Input[str]]) -> BudgetArgs:
    return BudgetArgs(
        budget=environment.project,
        project=environment.project,
        billing_account=section.billing_account,
        amount=section.amount,
        currency=section.currency,
        thresholds=section.thresholds,
        channels=channels,
    )
