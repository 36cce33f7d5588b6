"""Pin a schedule to one compiled pipeline."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from shlex import quote

from groundwork.contract.ledger_records import Json
from groundwork.ports.platform import Platform
from groundwork.ports.schedules import Schedule


@dataclass(frozen=True)
class Scheduled:
    """A schedule of one name, changed by compare-and-swap."""

    platform: Platform

    def plan(self, *, project: str, name: str, **schedule: str) -> Json:
        """Take the fields of a `Schedule`, and note the present one."""
        was = self.platform.schedules(project).get(name)
        return {"project": project, "name": name, "to": asdict(Schedule(**schedule)), "was": asdict(was) if was else None}

    def apply(self, intent: Json) -> Json:
        """Change the schedule. Raises Conflict if another program changed it since."""
        self._put(intent, to=_schedule(intent["to"]), expected=_schedule(intent["was"]))
        return {}

    def revert(self, intent: Json) -> None:
        """Restore the previous schedule, unless another program changed it since."""
        if self._ours(intent):
            self._put(intent, to=_schedule(intent["was"]), expected=_schedule(intent["to"]))

    def leftovers(self, intent: Json) -> str:
        """Return "" unless the effect's schedule is still there."""
        if not self._ours(intent):
            return ""
        was = intent["was"]
        way = f"pin it to {was['pipeline']} ({was['cron']})" if was else f"delete it in project {quote(intent['project'])}"
        return f"the schedule {intent['name']} runs {intent['to']['pipeline']}: {way}"

    def _ours(self, intent: Json) -> bool:
        if intent["was"] == intent["to"]:
            return False
        return self.platform.schedules(intent["project"]).get(intent["name"]) == _schedule(intent["to"])

    def _put(self, intent: Json, *, to: Schedule | None, expected: Schedule | None) -> None:
        self.platform.schedules(intent["project"]).put(intent["name"], to, expected=expected)


def _schedule(fields: Json | None) -> Schedule | None:
    return Schedule(**fields) if fields else None
