"""Vertex AI's store of metadata.

Owns the store. Does not own the artifacts and executions in it: pipelines' runs write those, and they go with it.
"""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp


@dataclass(frozen=True, kw_only=True)
class MetadataStoreArgs:
    """One store."""

    project: str
    """The project that owns it."""

    region: str
    """The region of the runs that write to it."""

    description: str
    """What is in it."""

    store: str = "default"
    """Its name. Vertex AI Pipelines write to the one called `default`, and make it with the first run where it is missing."""

    protect: bool = True
    """Refuse to destroy or replace it, and with it what runs have written down."""

    key: pulumi.Input[str] | None = None
    """Full name of the Cloud KMS key that encrypts it; None: Google's own. Its service's agent may use it already."""


class MetadataStore(pulumi.ComponentResource):
    """A store of metadata, there before the first run: the first run does not fail for making it.

    Produces `<name>` (gcp.vertex.AiMetadataStore).
    """

    store: pulumi.Output[str]
    """Its name."""

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
