"""Delivers messages to the triggers that listen to a topic: each runs its build, as its own account."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TextIO

from groundwork.ports.builds import Build
from groundwork.twin.cloudbuild.build_request import for_message
from groundwork.twin.cloudbuild.log import say
from groundwork.twin.cloudbuild.run import run_build
from groundwork.twin.cloudbuild.triggers import Trigger
from groundwork.twin.core.store import Store
from groundwork.twin.iam.permissions import require
from groundwork.twin.pubsub.resources import require_topic


def publish(  # noqa: PLR0913, PLR0917  the message, its sender, and the output for the caller
    store: Store, identity: str | None, topic: str, attributes: Mapping[str, str], stream: TextIO, cancelled: Callable[[], str]
) -> list[Build]:
    """Publish one message and run the triggered builds; raises Denied where the identity may not publish to the topic.

    `topic` is named in full; `identity` as `groundwork.twin.iam.permissions.require` takes it.
    """
    require_topic(store, topic)
    require(store, identity, "pubsub.topics.publish", topic)
    listening = [trigger for _, trigger in store.all(Trigger.type) if _hears(trigger, topic)]
    if not listening:
        say(stream, f"nothing is built: no trigger listens to {topic}")
    return [run_build(store, for_message(each, attributes), stream, cancelled) for each in listening if not cancelled()]


def _hears(trigger: Mapping[str, Any], topic: str) -> bool:
    return (trigger.get("pubsubConfig") or {}).get("topic") == topic and not trigger.get("disabled")
