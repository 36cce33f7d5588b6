"""One identity of the pool, for as long as one candidate needs it: an object named after it, created by one and no other."""

from __future__ import annotations

from dataclasses import dataclass
from shlex import quote

from groundwork.factory.contract import Json, NotNow
from groundwork.factory.edge import at_the_edge
from groundwork.ports.errors import Absent
from groundwork.ports.platform import Platform


class NoneFree(NotNow):
    """Every identity of the pool is leased."""

    def __init__(self, folder: str) -> None:
        super().__init__(
            "every identity of the pool is leased", f"wait for a verdict on another candidate; leases are in {folder}"
        )


@dataclass(frozen=True)
class Lease:
    """A `{folder}/{account id}.json` that holds the candidate's name."""

    platform: Platform

    def plan(self, *, folder: str, identities: list[str], candidate: str) -> Json:
        """Look whether one is free; which one it will be is decided by who creates the object. Raises NoneFree."""
        intent = {"folder": folder, "identities": list(identities), "candidate": candidate}
        if all(self._holder(intent, identity) not in {"", candidate} for identity in identities):
            raise NoneFree(folder)
        return intent

    def apply(self, intent: Json) -> Json:
        """Return the identity that the candidate has, or lease it the first free one; raises NoneFree."""
        identity = next(iter(self._own(intent)), None) or self._take(intent)
        return {"identity": identity}

    def revert(self, intent: Json) -> None:
        """Give the candidate's own back."""
        for identity in self._own(intent):
            with at_the_edge(_url(intent, identity)):
                self.platform.objects.rm_file(_url(intent, identity))

    def remains(self, intent: Json) -> str:
        """Return which is still leased."""
        return "; ".join(
            f"{identity} is still leased: `gcloud storage rm {quote(_url(intent, identity))}`" for identity in self._own(intent)
        )

    def _own(self, intent: Json) -> list[str]:
        return [identity for identity in intent["identities"] if self._holder(intent, identity) == intent["candidate"]]

    def _take(self, intent: Json) -> str:
        for identity in intent["identities"]:
            url = _url(intent, identity)
            try:
                with at_the_edge(url, keep=FileExistsError), self.platform.objects.open(url, "xb") as file:
                    file.write(str(intent["candidate"]).encode())
            except FileExistsError:
                continue
            return str(identity)
        raise NoneFree(intent["folder"])

    def _holder(self, intent: Json, identity: str) -> str:
        url = _url(intent, identity)
        try:
            with at_the_edge(url):
                content: bytes = self.platform.objects.cat_file(url)
        except Absent:
            return ""
        return content.decode(errors="replace")


def _url(intent: Json, identity: str) -> str:
    return f"{intent['folder']}/{identity.partition('@')[0]}.json"
