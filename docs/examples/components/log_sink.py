"""Copy the audit log to a bucket."""

from components.log_sink import LogSink, LogSinkArgs

LogSink(
    "kept",
    LogSinkArgs(
        sink="kept", project="northwind-ml-dev", bucket="northwind-ml-dev-logs", lines='logName:"cloudaudit.googleapis.com"'
    ),
)
