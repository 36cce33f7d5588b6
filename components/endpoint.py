"""Endpoints for online predictions.

Owns the empty endpoint. Does not own the deployed models, nor their traffic split: releases change them, and an `up` leaves them
unchanged.
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
    """Display name, up to 128 characters. Google's id of the endpoint is a number that is derived from this name."""

    project: str
    """The project that owns the endpoint."""

    region: str
    """The endpoint's region."""

    description: str
    """The predictions and their users."""

    labels: Mapping[str, str]
    """Labels of client, environment and managing tool."""

    key: pulumi.Input[str] | None = None
    """Full name of the Cloud KMS key that encrypts it; the service's agent must have access to it. None: Google's own key."""

    def __post_init__(self) -> None:
        if not 1 <= len(self.endpoint) <= _MOST:
            raise ValueError(f"endpoint has {len(self.endpoint)} characters: use 1 to {_MOST}")

    @property
    def number(self) -> str:
        """Return Google's id of the endpoint: at most ten digits without a leading zero, always the same for a name."""
        digest = hashlib.sha256(f"{self.project}/{self.region}/{self.endpoint}".encode()).hexdigest()
        return str(10**9 + int(digest, 16) % _NUMBERS)


class Endpoint(pulumi.ComponentResource):
    """An empty endpoint. Google refuses to delete it while a model is deployed to it.

    Produces `<name>` (gcp.vertex.AiEndpoint).
    """

    endpoint: pulumi.Output[str]
    """`projects/…/locations/…/endpoints/…`, for deployments of models."""

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
