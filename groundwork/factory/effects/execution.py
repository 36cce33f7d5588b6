"""The build that runs the candidate's code, as the candidate's identity."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from shlex import quote
from typing import Any

from groundwork.contract.ledger_records import Json
from groundwork.factory.effects.batches import leftover_batch
from groundwork.factory.protocols import Fault
from groundwork.notebook.results import retract, runs_of, stored
from groundwork.ports.builds import Build, Submission
from groundwork.ports.platform import Platform

_ITS_OWN = frozenset({"SUCCESS", "FAILURE", "TIMEOUT"})
"""Statuses that the code of the build caused. The platform caused the others: INTERNAL_ERROR, EXPIRED, CANCELLED."""
_RESULTS_STAY = frozenset({"QUEUED", "WORKING", "SUCCESS"})
"""Statuses of builds that keep the results of their runs. A build that died may have a status and no end."""
_BUILDS = 3


@dataclass(frozen=True)
class Execution:
    """A build of one key, and the results of its runs. A failed build is a result; a failure of the platform is not.

    Cloud Build ends a build without notice to its programs, so this effect retracts the rows that the runs of a build stored.
    """

    platform: Platform
    hear: Callable[[str], None]

    def plan(self, *, dataset: str, **submission: Any) -> Json:
        """Take the `dataset` (`project.dataset`) that its runs store in, and the fields of a `Submission`."""
        return {"dataset": dataset, **_fields(Submission(**submission))}

    def apply(self, intent: Json) -> Json:
        """Run it to its end, or follow the one that runs already; return its id, status and error. Raises Fault.

        The results of this key's builds that ended without success are retracted, also those of an earlier attempt.
        """
        submission = {name: value for name, value in intent.items() if name != "dataset"}
        build = self.platform.builds.submit(Submission(**submission), self.hear)
        self._retract([each for each in self._builds(intent) if each.status not in _RESULTS_STAY], intent)
        if build.status not in _ITS_OWN:
            raise Fault(
                f"build {build.id} ended as {build.status}: {build.error}",
                "check the logs of the build and of its machine: the platform caused this, not the candidate",
                attempts=_BUILDS,
            )
        return {"build": build.id, "status": build.status, "error": build.error}

    def revert(self, intent: Json) -> None:
        """Cancel the build if it is under way, and retract the rows that the runs of this key's builds stored."""
        for build in self._under_way(intent):
            self.platform.builds.cancel(build.id)
        self._retract(self._builds(intent), intent)

    def leftovers(self, intent: Json) -> str:
        """Return the builds that are still under way, and the tables that still have batches of their runs."""
        builds = [
            f"build {build.id} is under way: `gcloud builds cancel {quote(build.id)} --region {quote(intent['region'])}`"
            for build in self._under_way(intent)
        ]
        batches = [
            leftover_batch(self.platform, table, run)
            for table, run in stored(self.platform, intent["dataset"], self._runs(self._builds(intent)))
        ]
        return "; ".join(filter(None, builds + batches))

    def _retract(self, builds: list[Build], intent: Json) -> None:
        for run, phrase in retract(self.platform, intent["dataset"], self._runs(builds)).items():
            self.hear(f"run {run}: {phrase}")

    def _runs(self, builds: list[Build]) -> list[str]:
        return runs_of(self.platform, *(build.id for build in builds))

    def _builds(self, intent: Json) -> list[Build]:
        return [build for build in self.platform.builds.builds() if build.key == intent["key"]]

    def _under_way(self, intent: Json) -> list[Build]:
        return [build for build in self._builds(intent) if build.finished is None]


def _fields(submission: Submission) -> dict[str, Any]:
    fields = vars(submission)
    return {name: dict(value) if isinstance(value, Mapping) else value for name, value in fields.items()}
