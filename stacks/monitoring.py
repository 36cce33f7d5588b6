"""What is watched, and who is told: failed builds and runs, missing results, costs; and where logs are kept."""

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
"""What BigQuery itself says when rows are added, and by whom. Whoever may write logs may write any line but the audit log's, as
any resource: https://cloud.google.com/bigquery/docs/reference/auditlogs/rest/Shared.Types/BigQueryAuditMetadata."""
BY_WHOM = {
    "dataset": "EXTRACT(resource.labels.dataset_id)",
    "account": 'REGEXP_EXTRACT(protoPayload.authenticationInfo.principalEmail, "^([^@]+)@")',
}
"""A deployment's own runner stores its results in its own dataset."""
KEPT = 'logName:"cloudaudit.googleapis.com" OR resource.type=("build" OR "ml_job" OR "aiplatform.googleapis.com/PipelineJob")'


def watching(environment: Environment, services: Services, labels: Mapping[str, str], key: pulumi.Input[str] | None) -> None:
    """Build it, where the environment's file has the section."""
    wanted, project = environment.monitoring, environment.project
    if wanted is None:
        return
    first = services.before("monitoring", "logging", "storage", "billingbudgets", "serviceusage", "pubsub")
    channels = {
        names.channel(person): EmailChannel(
            names.channel(person), EmailChannelArgs(email=person, project=project, labels=labels), first
        ).channel
        for person in wanted.alert_emails
    }
    for what, line in FAILED.items():
        alert = LogAlertArgs(alert=f"failed {what}", project=project, line=line, channels=channels, labels=labels)
        LogAlert(f"failed-{what}", alert, first)
    if wanted.stale_results_days:
        AbsenceAlert("results", _stale(environment, wanted.stale_results_days, channels, labels), first)
    if wanted.keep_logs_days:
        logs = Bucket("logs", _logs(environment, wanted.keep_logs_days, labels, key), first)
        LogSink("kept-logs", LogSinkArgs(sink="kept-logs", project=project, bucket=logs.name, lines=KEPT), first)
    if wanted.budget:
        Budget("budget", _budget(environment, wanted.budget, channels), first)


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


def _budget(environment: Environment, wanted: BudgetSection, channels: Mapping[str, pulumi.Input[str]]) -> BudgetArgs:
    return BudgetArgs(
        budget=environment.project,
        project=environment.project,
        billing_account=wanted.billing_account,
        amount=wanted.amount,
        currency=wanted.currency,
        thresholds=wanted.thresholds,
        channels=channels,
    )
