"""One identity of the pool, for as long as one candidate needs it: an object named after it, created by one and no other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from shlex import quote

from groundwork.contract.ledger_records import Json
from groundwork.factory.protocols import NotNow
from groundwork.ports.errors import Absent
from groundwork.ports.fsspec_errors import at_the_edge
from groundwork.ports.platform import Platform

# decision 12: an identity is leased until everything else of the promotion is rolled back
_NEVER = datetime.min.replace(tzinfo=UTC)


class NoneFree(NotNow):
    """Every identity of the pool is leased, or rests."""

    def __init__(self, folder: str, ready: datetime | None) -> None:
        resting = f", or rests: the next is ready at {ready:%H:%M} UTC" if ready else ""
        super().__init__(
            f"every identity of the pool is leased{resting}",
            f"wait for a review decision on another candidate, or raise `factory.identities`; leases are in {folder}",
        )


@dataclass(frozen=True)
class Lease:
    """A `{folder}/{account id}.json` that holds the candidate's name; `{rests}/{account id}.txt` says since when it rests."""

    platform: Platform
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def plan(self, *, folder: str, rests: str, identities: list[str], candidate: str, cooldown_minutes: int) -> Json:
        """Look whether one is free; which one it will be is decided by who creates the object. Raises NoneFree."""
        pool = {"folder": folder, "rests": rests, "identities": list(identities), "cooldown_minutes": cooldown_minutes}
        intent = {**pool, "candidate": candidate}
        if not self._own(intent) and all(self._holder(intent, each) for each in self._rested(intent)):
            raise self._none_free(intent)
        return intent

    def apply(self, intent: Json) -> Json:
        """Return the identity that the candidate has, or lease it the free one that has rested longest; raises NoneFree."""
        for identity in self._own(intent):
            if self._since(intent, identity) <= self._latest(intent):
                return {"identity": identity}
            self._drop(intent, identity)  # whoever took it was killed before it looked
        return {"identity": self._take(intent)}

    def revert(self, intent: Json) -> None:
        """Give the candidate's own back; from now on it rests."""
        for identity in self._own(intent):
            if intent["cooldown_minutes"]:
                self._write(_rest(intent, identity), self.now().isoformat(timespec="seconds"), "wb")
            self._drop(intent, identity)

    def leftovers(self, intent: Json) -> str:
        """Return which is still leased."""
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
            if self._since(intent, identity) <= self._latest(intent):  # it may have been taken and given back since we looked
                return str(identity)
            self._drop(intent, identity)
        raise self._none_free(intent)

    def _rested(self, intent: Json) -> list[str]:
        """Return the identities that have rested, the longest first."""
        since = {identity: self._since(intent, identity) for identity in intent["identities"]}
        return sorted((each for each in since if since[each] <= self._latest(intent)), key=lambda each: since[each])

    def _latest(self, intent: Json) -> datetime:
        """Return until when an identity must have been given back to have rested by now."""
        return self.now() - timedelta(minutes=intent["cooldown_minutes"])

    def _since(self, intent: Json, identity: str) -> datetime:
        """Return when an identity was given back last."""
        text = self._read(_rest(intent, identity)) if intent["cooldown_minutes"] else ""
        return datetime.fromisoformat(text) if text else _NEVER

    def _none_free(self, intent: Json) -> NoneFree:
        resting = [since for each in intent["identities"] if (since := self._since(intent, each)) > _NEVER]
        rest = timedelta(minutes=intent["cooldown_minutes"])
        ready = [since + rest for since in resting if since + rest > self.now()]
        return NoneFree(intent["folder"], min(ready, default=None))

    def _drop(self, intent: Json, identity: str) -> None:
        with at_the_edge(_url(intent, identity)):
            self.platform.objects.rm_file(_url(intent, identity))

    def _holder(self, intent: Json, identity: str) -> str:
        return self._read(_url(intent, identity))

    def _read(self, url: str) -> str:
        try:
            with at_the_edge(url):
                content: bytes = self.platform.objects.cat_file(url)
        except Absent:
            return ""
        return content.decode(errors="replace")

    def _write(self, url: str, text: str, mode: str) -> None:
        with at_the_edge(url, keep=FileExistsError), self.platform.objects.open(url, mode) as file:
            file.write(text.encode())


def _url(intent: Json, identity: str) -> str:
    return f"{intent['folder']}/{identity.partition('@')[0]}.json"


def _rest(intent: Json, identity: str) -> str:
    return f"{intent['rests']}/{identity.partition('@')[0]}.txt"
