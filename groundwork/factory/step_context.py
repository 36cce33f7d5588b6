"""The context of a promotion's steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from groundwork.contract.candidate import Candidate
from groundwork.contract.factory_settings import Settings
from groundwork.factory.artifacts import digest, read_by_digest
from groundwork.ports.fsspec_errors import port_errors
from groundwork.ports.git_provider import GitProvider
from groundwork.ports.models import CHAMPION, Models, Version
from groundwork.ports.platform import Platform


@dataclass(frozen=True, kw_only=True)
class StepContext:
    """One candidate, and the platform as the factory's identity sees it."""

    candidate: Candidate
    settings: Settings
    platform: Platform
    say: Callable[[str], None]
    """Prints a line in the build's log."""

    @cached_property
    def git_provider(self) -> GitProvider:
        """The client's repository."""
        return self.platform.git_provider(self.settings.repository, self.settings.git_provider_secret)

    @property
    def models(self) -> Models:
        """The environment's registry."""
        return self.platform.models(self.settings.deployment.project)

    @property
    def records(self) -> str:
        """`gs://…` of the folder of this candidate's records."""
        return f"{self.settings.records}/candidates/{self.candidate.id}"

    def identity_folder(self, identity: str) -> str:
        """Return `gs://…` of the folder that a leased identity writes to; it contains the candidate's folder."""
        return f"{self.settings.candidates}/{identity.partition('@')[0]}"

    def champion(self) -> Version | None:
        """Return the version that serves in this environment, if any."""
        name = self.settings.deployment.name
        number = self.models.alias(name, CHAMPION)
        return next((version for version in self.models.versions(name) if version.version == number), None)

    def kept(self, name: str, digest: str) -> bytes:
        """Return a file of this candidate's records, which must still have this digest."""
        return read_by_digest(self.platform.objects, f"{self.records}/{name}", digest)

    def keep(self, name: str, content: bytes) -> str:
        """Write a file of this candidate's records and return its digest; the effect `records` must have been applied before."""
        url = f"{self.records}/{name}"
        with port_errors(url), self.platform.objects.open(url, "wb") as file:
            file.write(content)
        return digest(content)
