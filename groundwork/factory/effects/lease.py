"""Lease one identity of the pool to one candidate: an object with the identity's name, which only one candidate can create."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from shlex import quote

from groundwork.contract.ledger_records import Json
from groundwork.factory.protocols import NotNow
from groundwork.ports.errors import Absent
from groundwork.ports.fsspec_errors import port_errors
from groundwork.ports.platform import Platform

# decision 12: an identity is leased until everything else of the promotion is rolled back
_NEVER = datetime.min.replace(tzinfo=UTC)


class NoneFree(NotNow):
    """Every identity of the pool is leased or in its cooldown."""

    def __init__(self, folder: str, ready: datetime | None) -> None:
        resting = f" or in its cooldown: the next is ready at {ready:%H:%M} UTC" if ready else ""
        super().__init__(
            f"every identity of the pool is leased{resting}",
            f"wait for a review decision on another candidate, or raise `factory.identities`; leases are in {folder}",
        )


@dataclass(frozen=True)
class Lease:
    """`{folder}/{account id}.json` has the candidate's name; `{rests}/{account id}.txt` has the start of the cooldown."""

    platform: Platform
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def plan(self, *, folder: str, rests: str, identities: list[str], candidate: str, cooldown_minutes: int) -> Json:
        """Verify that an identity is free; creating its object decides which candidate gets it. Raises NoneFree."""
        pool = {"folder": folder, "rests": rests, "identities": list(identities), "cooldown_minutes": cooldown_minutes}
        intent = {**pool, "candidate": candidate}
        if not self._own(intent) and all(self._holder(intent, each) for each in self._rested(intent)):
            raise self._none_free(intent)
        return intent

    def apply(self, intent: Json) -> Json:
        """Return the candidate's identity, or lease the free one that was unused longest; raises NoneFree."""
        for identity in self._own(intent):
            if self._since(intent, identity) <= self._latest(intent):
                return {"identity": identity}
            self._drop(intent, identity)  # a runner was killed between lease and check
        return {"identity": self._take(intent)}

    def revert(self, intent: Json) -> None:
        """Return the candidate's identity; its cooldown starts."""
        for identity in self._own(intent):
            if intent["cooldown_minutes"]:
                self._write(_rest(intent, identity), self.now().isoformat(timespec="seconds"), "wb")
            self._drop(intent, identity)

    def leftovers(self, intent: Json) -> str:
        """Return the identity that is still leased."""
        return "; ".join(
            f"{identity} is still leased: `gcloud storage rm {quote(_url(intent, identity))}`" for identity in self._own(intent)
        )

    def _own(self, intent: Json) -> list[str]:
        return [identity for identity in intent["identities"] if self._holder(intent, identity) == intent["candidate"]]

    def _take(self, intent: Json) -> str:
        for identity in self._rested(intent):
            try:
                self._write(_url(intent, identity), str(intent["candidate"]), "xb")
            except FileExistsError:
                continue
            if self._since(intent, identity) <= self._latest(intent):  # it may have been leased and returned since `_rested`
                return str(identity)
            self._drop(intent, identity)
        raise self._none_free(intent)

    def _rested(self, intent: Json) -> list[str]:
        """Return the identities after their cooldown, the longest unused first."""
        since = {identity: self._since(intent, identity) for identity in intent["identities"]}
        return sorted((each for each in since if since[each] <= self._latest(intent)), key=lambda each: since[each])

    def _latest(self, intent: Json) -> datetime:
        """Return the latest time of return for which the cooldown is over."""
        return self.now() - timedelta(minutes=intent["cooldown_minutes"])

    def _since(self, intent: Json, identity: str) -> datetime:
        """Return the time when an identity was returned last."""
        text = self._read(_rest(intent, identity)) if intent["cooldown_minutes"] else ""
        return datetime.fromisoformat(text) if text else _NEVER

    def _none_free(self, intent: Json) -> NoneFree:
        resting = [since for each in intent["identities"] if (since := self._since(intent, each)) > _NEVER]
        rest = timedelta(minutes=intent["cooldown_minutes"])
        ready = [since + rest for since in resting if since + rest > self.now()]
        return NoneFree(intent["folder"], min(ready, default=None))

    def _drop(self, intent: Json, identity: str) -> None:
        with port_errors(_url(intent, identity)):
            self.platform.objects.rm_file(_url(intent, identity))

    def _holder(self, intent: Json, identity: str) -> str:
        return self._read(_url(intent, identity))

    def _read(self, url: str) -> str:
        try:
            with port_errors(url):
                content: bytes = self.platform.objects.cat_file(url)
        except Absent:
            return ""
        return content.decode(errors="replace")

    def _write(self, url: str, text: str, mode: str) -> None:
        with port_errors(url, keep=FileExistsError), self.platform.objects.open(url, mode) as file:
            file.write(text.encode())


def _url(intent: Json, identity: str) -> str:
    return f"{intent['folder']}/{identity.partition('@')[0]}.json"


def _rest(intent: Json, identity: str) -> str:
    return f"{intent['rests']}/{identity.partition('@')[0]}.txt"
