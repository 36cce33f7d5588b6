"""Stores for online look-ups of features.

Owns the store, which costs money while it exists, even without requests. Does not own its views: the served features, and how
often they are synchronised, are decided with the first use.
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
    """One store, on Bigtable: the only type of store with customer-managed encryption keys."""

    store: str
    """The store's name: lower-case letters, digits and underscores."""

    project: str
    """The project that owns the store and pays for its nodes."""

    region: str
    """The store's region."""

    labels: Mapping[str, str]
    """Labels of client, environment and managing tool."""

    most_nodes: int = 2
    """Maximum number of nodes under load; the minimum is one."""

    key: pulumi.Input[str] | None = None
    """Full name of the Cloud KMS key that encrypts it; the service's agent must have access to it. None: Google's own key."""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.store):
            raise ValueError(
                f"{self.store!r} is not a name of an online store: use up to 60 lower-case letters, digits, underscores"
            )
        if self.most_nodes < 1:
            raise ValueError(f"most_nodes is {self.most_nodes}: use 1 or more")


class OnlineStore(pulumi.ComponentResource):
    """A store without views.

    Produces `<name>` (gcp.vertex.AiFeatureOnlineStore).
    """

    store: pulumi.Output[str]
    """The store's name."""

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
