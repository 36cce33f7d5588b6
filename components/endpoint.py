"""Endpoints for predictions online.

Owns the empty endpoint. Does not own the models that are deployed to it, nor how traffic is split between them: releases
move those, and an `up` leaves them alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

_MOST = 128
_NUMBERS = 9 * 10**9


@dataclass(frozen=True, kw_only=True)
class EndpointArgs:
    """One endpoint."""

    endpoint: str
    """How people know it, up to 128 characters. Google knows it by a number, which follows from this name."""

    project: str
    """The project that owns it."""

    region: str
    """Where it answers."""

    description: str
    """What is predicted, and for whom."""

    labels: Mapping[str, str]
    """Whose it is and what manages it."""

    key: pulumi.Input[str] | None = None
    """Full name of the Cloud KMS key that encrypts it; None: Google's own. Its service's agent may use it already."""

    def __post_init__(self) -> None:
        if not 1 <= len(self.endpoint) <= _MOST:
            raise ValueError(f"an endpoint's name has 1 to {_MOST} characters, not {len(self.endpoint)}")

    @property
    def number(self) -> str:
        """What Google knows it by: at most ten digits without a leading zero, the same each time."""
        digest = hashlib.sha256(f"{self.project}/{self.region}/{self.endpoint}".encode()).hexdigest()
        return str(10**9 + int(digest, 16) % _NUMBERS)


class Endpoint(pulumi.ComponentResource):
    """An empty endpoint. Google refuses to delete it while a model is deployed to it.

    Produces `<name>` (gcp.vertex.AiEndpoint).
    """

    endpoint: pulumi.Output[str]
    """`projects/…/locations/…/endpoints/…`, to deploy to."""

    def __init__(self, name: str, args: EndpointArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:vertex:Endpoint", name, {}, opts)

        endpoint = gcp.vertex.AiEndpoint(
            name,
            name=args.number,
            display_name=args.endpoint,
            project=args.project,
            location=args.region,
            description=args.description,
            labels=args.labels,
            encryption_spec={"kms_key_name": args.key} if args.key is not None else None,
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["trafficSplit"]),
        )

        self.endpoint = endpoint.id
        self.register_outputs({"endpoint": self.endpoint})
