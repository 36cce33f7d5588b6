"""Copies of log lines, kept in a bucket for longer than Google keeps them.

Owns the sink, and its own writer's right to add objects to the bucket. Does not own the bucket.
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
    """Its name, unique in the project."""

    project: str
    """Whose logs."""

    bucket: pulumi.Input[str]
    """Where to."""

    lines: str
    """Which, in Cloud Logging's language."""


class LogSink(pulumi.ComponentResource):
    """A sink with a writer of its own, which can add objects and neither read nor delete any.

    Produces `<name>` (gcp.logging.ProjectSink) and `<name>-writer` (gcp.storage.BucketIAMMember).
    """

    sink: pulumi.Output[str]
    """Its name; known only once it can write."""

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
