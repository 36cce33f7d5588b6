"""Schedules of pipelines on the twin, as one identity sees them."""

from __future__ import annotations

from groundwork.ports.schedules import Schedule, Schedules
from groundwork.twin.core.store import Store
from groundwork.twin.iam.permissions import require
from groundwork.twin.iam.service_accounts import DOMAIN
from groundwork.twin.vertex.schedules import check_schedule, find_schedule, object_of, put_schedule


def twin_schedules(store: Store, identity: str | None, project: str) -> Schedules:
    """Return the schedules of one project."""
    return TwinSchedules(store, identity, project)


class TwinSchedules:
    """A `Schedules`; the permissions are those that Vertex asks for the same."""

    def __init__(self, store: Store, identity: str | None, project: str) -> None:
        self._store = store
        self._identity = identity
        self._project = project

    def get(self, name: str) -> Schedule | None:
        """Return a schedule, if there is one of that name."""
        self._require("get")
        return find_schedule(self._store, self._project, name)

    def put(self, name: str, schedule: Schedule | None, *, expected: Schedule | None) -> None:
        """Make, change or (None) delete a schedule, if the current one is `expected`."""
        now = self.get(name)
        self._require("delete" if schedule is None else "update" if now else "create")
        if schedule is not None and schedule != now:
            self._require_parts(schedule)
            check_schedule(self._store, name, schedule)
        put_schedule(self._store, self._project, name, schedule, expected=expected)

    def _require_parts(self, schedule: Schedule) -> None:
        """Require the right to read the pipeline, and to act as the identity of its runs."""
        bucket, name = object_of(schedule)
        require(self._store, self._identity, "storage.objects.get", f"buckets/{bucket}/objects/{name}")
        email = schedule.service_account
        project = email.partition("@")[2].removesuffix(DOMAIN)
        require(self._store, self._identity, "iam.serviceAccounts.actAs", f"projects/{project}/serviceAccounts/{email}")

    def _require(self, what: str) -> None:
        require(self._store, self._identity, f"aiplatform.schedules.{what}", f"projects/{self._project}")
