"""Copies of log lines in a bucket, for longer retention than Cloud Logging's.

Owns the sink, and the grant that permits the sink's own identity to add objects to the bucket. Does not own the bucket.
"""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from components.grants import known_after


@dataclass(frozen=True, kw_only=True)
class LogSinkArgs:
    """One sink."""

    sink: str
    """The sink's name, unique in the project."""

    project: str
    """The project with the logs."""

    bucket: pulumi.Input[str]
    """Name of the bucket for the copies."""

    lines: str
    """A filter in Cloud Logging's language: matching lines are copied."""


class LogSink(pulumi.ComponentResource):
    """A sink with its own identity, which can add objects but not read or delete them.

    Produces `<name>` (gcp.logging.ProjectSink) and `<name>-writer` (gcp.storage.BucketIAMMember).
    """

    sink: pulumi.Output[str]
    """The sink's name; known after it has permission to write."""

    def __init__(self, name: str, args: LogSinkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:logging:LogSink", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)

        sink = gcp.logging.ProjectSink(
            name,
            name=args.sink,
            project=args.project,
            destination=pulumi.Output.concat("storage.googleapis.com/", args.bucket),
            filter=args.lines,
            unique_writer_identity=True,
            opts=child,
        )
        writer = gcp.storage.BucketIAMMember(
            f"{name}-writer",
            bucket=args.bucket,
            role="roles/storage.objectCreator",
            member=sink.writer_identity,
            opts=child,
        )

        self.sink = known_after(sink.name, [writer])
        self.register_outputs({"sink": self.sink})
