"""A copy of the audit log in the audit bucket of `groundwork bootstrap`, in which it cannot be changed or deleted."""

from __future__ import annotations

from components.log_sink import LogSink, LogSinkArgs
from components.services import Services
from groundwork.environment import names
from groundwork.environment.file import Environment

AUDIT = 'logName:"cloudaudit.googleapis.com"'


def audit_log(environment: Environment, services: Services) -> None:
    """Build the sink, if the environment file has the section."""
    if environment.audit_log is None:
        return
    sink = LogSinkArgs(sink="audit", project=environment.project, bucket=names.audit_bucket(environment.project), lines=AUDIT)
    LogSink("audit", sink, services.before("logging", "storage"))
