"""The build that runs the candidate's code, as the candidate's identity."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from shlex import quote
from typing import Any

from groundwork.contract.ledger_records import Json
from groundwork.factory.protocols import Fault
from groundwork.ports.builds import Build, Submission
from groundwork.ports.platform import Platform

_ITS_OWN = frozenset({"SUCCESS", "FAILURE", "TIMEOUT"})
"""Endings that what was built has brought about. The others are the platform's: INTERNAL_ERROR, EXPIRED, CANCELLED."""
_BUILDS = 3


@dataclass(frozen=True)
class Execution:
    """A build of one key. That it failed is a result like another; that the platform failed at it is none."""

    platform: Platform
    hear: Callable[[str], None]

    def plan(self, **submission: Any) -> Json:
        """Take the fields of a `Submission`."""
        return _fields(Submission(**submission))

    def apply(self, intent: Json) -> Json:
        """Run it to its end, or follow the one that runs already; return its id, status and error. Raises Fault."""
        build = self.platform.builds.submit(Submission(**intent), self.hear)
        if build.status not in _ITS_OWN:
            raise Fault(
                f"build {build.id} ended as {build.status}: {build.error}",
                "that is not the candidate's doing: look at the build, and at the machine that it ran on",
                attempts=_BUILDS,
            )
        return {"build": build.id, "status": build.status, "error": build.error}

    def revert(self, intent: Json) -> None:
        """Cancel what is under way; what is over is history."""
        for build in self._under_way(intent):
            self.platform.builds.cancel(build.id)

    def leftovers(self, intent: Json) -> str:
        """Return what is still under way."""
        return "; ".join(
            f"build {build.id} is under way: `gcloud builds cancel {quote(build.id)} --region {quote(intent['region'])}`"
            for build in self._under_way(intent)
        )

    def _under_way(self, intent: Json) -> list[Build]:
        return [build for build in self.platform.builds.builds() if build.key == intent["key"] and build.finished is None]


def _fields(submission: Submission) -> dict[str, Any]:
    fields = vars(submission)
    return {name: dict(value) if isinstance(value, Mapping) else value for name, value in fields.items()}
