"""Features that are looked up online.

Owns the store, which costs money while it stands, asked or not. Does not own its views: what is served from it, and how often
it is synchronised, is chosen with the first use.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,59}")


@dataclass(frozen=True, kw_only=True)
class OnlineStoreArgs:
    """One store, on Bigtable: the only kind that takes a key of one's own."""

    store: str
    """Its name: lower-case letters, digits and underscores."""

    project: str
    """The project that owns it and pays for its nodes."""

    region: str
    """Where it answers."""

    labels: Mapping[str, str]
    """Whose it is and what manages it."""

    most_nodes: int = 2
    """It grows to so many nodes under load, and is never smaller than one."""

    key: pulumi.Input[str] | None = None
    """Full name of the Cloud KMS key that encrypts it; None: Google's own. Its service's agent may use it already."""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.store):
            raise ValueError(f"{self.store!r} names no online store: up to 60 lower-case letters, digits and underscores")
        if self.most_nodes < 1:
            raise ValueError("most_nodes is at least 1")


class OnlineStore(pulumi.ComponentResource):
    """A store without views.

    Produces `<name>` (gcp.vertex.AiFeatureOnlineStore).
    """

    store: pulumi.Output[str]
    """Its name."""

    def __init__(self, name: str, args: OnlineStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:vertex:OnlineStore", name, {}, opts)

        store = gcp.vertex.AiFeatureOnlineStore(
            name,
            name=args.store,
            project=args.project,
            region=args.region,
            labels=args.labels,
            bigtable={"auto_scaling": {"min_node_count": 1, "max_node_count": args.most_nodes}},
            encryption_spec={"kms_key_name": args.key} if args.key is not None else None,
            opts=pulumi.ResourceOptions(parent=self),
        )

        self.store = store.name
        self.register_outputs({"store": self.store})
