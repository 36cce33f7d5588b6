"""Pub/Sub: a topic is a checked record; what is published through it lands in the twin's outbox."""

from __future__ import annotations

from groundwork.twin.core.resource_type import Properties, ResourceType
from groundwork.twin.core.store import Refused, Store


class Topic(ResourceType):
    """Where notifications are published."""

    type = "gcp:pubsub/topic:Topic"
    api = "pubsub.googleapis.com"
    required = frozenset({"name"})
    optional = frozenset({"kmsKeyName", "labels", "messageRetentionDuration", "messageStoragePolicy"})
    immutable = frozenset({"name"})
    encrypted_by = "kmsKeyName"
    key_agents = ("pubsub",)

    def id(self, given: Properties) -> str:
        """Return Google's full name of it."""
        return f"projects/{given['project']}/topics/{given['name']}"


def require_topic(store: Store, name: str) -> None:
    """Raise Refused unless the topic with this full name exists."""
    row = store.get(Topic.type, name)
    if not row or not row.ready:
        raise Refused(f"topic {name} does not exist", "create it in the same program and take its name from there")
