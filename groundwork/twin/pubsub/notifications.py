"""Notifications on the twin: every message becomes a file in the outbox, and nothing is ever sent."""

from __future__ import annotations

import json
import warnings
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any
from urllib.parse import unquote

from apprise import Apprise, NotifyBase, NotifyType

from groundwork.twin.core.atomic_files import partial, place
from groundwork.twin.core.store import Store


class TwinNotifications(Apprise):
    """Takes the URLs that apprise takes, refuses those that it refuses, and puts a letterbox in the place of each service."""

    def __init__(self, store: Store, identity: str | None) -> None:
        super().__init__()
        self._store = store
        self._identity = identity

    def add(self, services: Any, *arguments: Any, **options: Any) -> bool:
        """Add those who should hear; returns whether all were understood."""
        with warnings.catch_warnings():
            warnings.filterwarnings(
                "ignore", message="'imghdr'", category=DeprecationWarning
            )  # of a plugin that loads with the others
            understood = bool(super().add(services, *arguments, **options))
        self.services[:] = [
            service if isinstance(service, Letterbox) else Letterbox(self._store, self._identity, service)
            for service in self.services
            if isinstance(service, NotifyBase)
        ]
        return understood and bool(self.services)


class Letterbox(NotifyBase):  # type: ignore[no-untyped-call]  # apprise is typed in part
    """Stands for one service, and keeps the messages for it."""

    service_name = "outbox"  # type: ignore[assignment]  # as above
    title_maxlen = 1_000
    body_maxlen = 1_000_000

    def __init__(self, store: Store, identity: str | None, service: NotifyBase) -> None:
        super().__init__(tag=service.tags)  # type: ignore[no-untyped-call]  # as above
        self._store = store
        self._identity = identity
        self._to = _recipient(service)

    def url(self, privacy: bool = False, *_: Any, **__: Any) -> str:  # noqa: ARG002, FBT001, FBT002  apprise's signature
        """Return who would have heard."""
        return self._to

    def send(self, body: str, title: str = "", notify_type: NotifyType = NotifyType.INFO, **_: Any) -> bool:
        """Keep one message."""
        now = datetime.now(UTC)
        letter = {
            "time": now.isoformat(),
            "to": self._to,
            "title": title,
            "body": body,
            "type": str(notify_type.value),
            "identity": self._identity,
        }
        outbox = self._store.root / "outbox"
        outbox.mkdir(exist_ok=True)
        with partial(self._store) as file:
            file.write(json.dumps(letter, indent=2, ensure_ascii=False).encode())
            place(file, outbox / f"{now:%Y%m%dT%H%M%S%f}-{token_hex(3)}.json")
        return True


def _recipient(service: NotifyBase) -> str:
    """Return a mail's address, or the URL of any other service without its secrets."""
    url = str(service.url(privacy=True)).partition("?")[0].rstrip("/")  # type: ignore[no-untyped-call]  # as above
    return unquote(url.removeprefix("mailto://")) if url.startswith("mailto://") else url
