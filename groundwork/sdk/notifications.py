"""What the owners of a deployment are told of a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from groundwork.contract.owners import owner_url
from groundwork.errors import GroundworkError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True)
class Message:
    """A message to people."""

    title: str
    body: str


def message(*, deployment: str, run: str, succeeded: bool, log: Iterable[Mapping[str, Any]]) -> Message:
    """Say how a run ended: its summary on accuracy, or its first error with the way out, out of the run's log records."""
    records = list(log)
    ended = "succeeded" if succeeded else "failed"
    if succeeded:
        said = [str(record["summary"]) for record in records if "summary" in record]
    else:
        errors = [record for record in records if record.get("level") == "error"][:1]
        said = [
            f"{error.get('step', 'a step')}: {error.get('error', error['event'])}\nhint: {error.get('hint', 'read the log')}"
            for error in errors
        ]
    return Message(f"{deployment}: forecasting {ended}", "\n".join([f"Run {run} {ended}.", *said, f"Log: groundwork logs {run}"]))


class Post(Protocol):
    """What is needed of `Platform.notifications`."""

    def add(self, servers: str, /) -> object:
        """Add the URL of somebody who should hear."""
        ...

    def notify(self, *, title: str, body: str) -> object:
        """Send to all; false when one of them could not be told."""
        ...


def tell(notifications: Post, owners: Iterable[str], text: Message) -> None:
    """Send the message to each owner; raises GroundworkError when one could not be told."""
    addresses = list(owners)
    for owner in addresses:
        notifications.add(owner_url(owner))
    if addresses and not notifications.notify(title=text.title, body=text.body):
        raise GroundworkError(
            "not-notified",
            f"not all of {', '.join(addresses)} could be told",
            "check the owners' addresses in the environment file",
        )
