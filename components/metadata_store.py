"""Vertex AI's metadata store.

Owns the store. Does not own the artifacts and executions in it: pipeline runs write those. They are deleted with the store.
"""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp


@dataclass(frozen=True, kw_only=True)
class MetadataStoreArgs:
    """One store."""

    project: str
    """The project that owns the store."""

    region: str
    """The region of the runs that write to the store."""

    description: str
    """Content of the store."""

    store: str = "default"
    """The store's name. Vertex AI Pipelines write to the store `default`, and create it with the first run if it is missing."""

    protect: bool = True
    """Refuse to destroy or replace the store with the records of runs."""

    key: pulumi.Input[str] | None = None
    """Full name of the Cloud KMS key that encrypts it; the service's agent must have access to it. None: Google's own key."""


class MetadataStore(pulumi.ComponentResource):
    """A metadata store that exists before the first run, so that the first run cannot fail while creating it.

    Produces `<name>` (gcp.vertex.AiMetadataStore).
    """

    store: pulumi.Output[str]
    """The store's name."""

    def __init__(self, name: str, args: MetadataStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:vertex:MetadataStore", name, {}, opts)

        store = gcp.vertex.AiMetadataStore(
            name,
            name=args.store,
            project=args.project,
            region=args.region,
            description=args.description,
            encryption_spec={"kms_key_name": args.key} if args.key is not None else None,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )

        self.store = store.name
        self.register_outputs({"store": self.store})
