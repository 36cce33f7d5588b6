"""One build, from the trigger that fired to nothing left but its log, its record and what its steps stored."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, TextIO
from uuid import uuid4

from groundwork.errors import GroundworkError
from groundwork.ports.builds import Build, BuildStep
from groundwork.printable import bounded
from groundwork.twin.cloudbuild import history
from groundwork.twin.cloudbuild.build_permissions import require_account, require_images, require_place
from groundwork.twin.cloudbuild.build_request import Order
from groundwork.twin.cloudbuild.engine import CANCELLED, FAILURE, WORKING, Execution, Site
from groundwork.twin.cloudbuild.log import Log
from groundwork.twin.cloudbuild.plan import Plan, plan
from groundwork.twin.cloudbuild.step_environment import Worker, step_environment
from groundwork.twin.cloudbuild.substitutions import Substitutions
from groundwork.twin.cloudbuild.workspace import Workspace, check_out, workspace
from groundwork.twin.github.git import ask

if TYPE_CHECKING:
    from collections.abc import Callable

    from groundwork.twin.core.store import Store

CANCELLED_BY = "it was cancelled"
INTERRUPTED = "whoever ran it has stopped it"


def run_build(store: Store, order: Order, stream: TextIO, cancelled: Callable[[], str]) -> Build:
    """Run a build to its end, whatever that is, and return its record. `cancelled` says why it should end now, or ""."""
    build = Build(
        id=order.id or str(uuid4()), project=order.project, trigger=order.trigger, branch=order.branch,
        commit=order.commit, status=WORKING, service_account=order.account.rpartition("/")[2],
        created=history.now(), finished=None, steps=(), error="", key=order.key,
    )  # fmt: skip
    with history.alive(store, build.id), Log(history.log_path(store, build.id), stream) as log:
        history.create_build(store, build, pid=os.getpid(), parent=order.parent)
        under_way = _UnderWay(store, order, build, log)

        def ends() -> str:
            return CANCELLED_BY if history.is_cancelled(store, build.id) else cancelled()

        try:
            under_way.run(ends)
        except GroundworkError as refused:
            reason = ends()  # Ctrl-C also reaches the git that fetches the commit
            under_way.status, under_way.error = (CANCELLED, reason) if reason else (FAILURE, str(refused))
        except KeyboardInterrupt:
            under_way.status, under_way.error = CANCELLED, INTERRUPTED
            raise
        finally:
            under_way.close()
    return history.get_build(store, build.id)


class _UnderWay:
    """A build that runs, and what is known of it so far."""

    def __init__(self, store: Store, order: Order, build: Build, log: Log) -> None:
        self._store, self._order, self._build, self._log = store, order, build, log
        self._began = time.monotonic()
        self._steps: tuple[BuildStep, ...] = ()
        self.status = "INTERNAL_ERROR"
        self.error = "a bug in the twin; its traceback is with whoever pushed"

    def run(self, cancelled: Callable[[], str]) -> None:
        """Run every step; raises GroundworkError for a build that cannot be begun."""
        build, order = self._build, self._order
        self._log.write(f"build {build.id}")
        self._log.write(f"  {_what(order)}")
        self._log.write(f"  as {build.service_account or 'nobody'}; log in {history.log_path(self._store, build.id)}")
        require_account(self._store, order)
        require_place(self._store, order)
        planned = self._plan()
        require_images(self._store, order, (step.image for step in planned.steps))
        with workspace(self._store, build.id) as folders:
            if order.repository:
                check_out(folders.checkout, order.repository, build.commit)
                self._log.write(f"HEAD is now at {build.commit[:7]}")
            execution = Execution(
                plan=planned, site=self._site(folders), log=self._log, progress=self._progress,
                cancelled=lambda: cancelled() or ("" if self._log.heard else f"whoever {order.by} has gone"),
            )  # fmt: skip
            self.status = execution.run()
            self.error = execution.error

    def close(self) -> None:
        """Write the summary to the log, and record the end last: until then the build counts as unfinished."""
        if self.error:
            self._log.write(f"error: {self.error}")
        width = max((len(step.id) for step in self._steps), default=0)
        for step in self._steps:
            self._log.write(f"  {step.id:<{width}}  {step.status:<9}  {step.seconds:8.1f} s")
        self._log.write(f"build {self._build.id} {self.status} in {time.monotonic() - self._began:.1f} s")
        history.update_build(
            self._store, self._build.id, status=self.status, steps=self._steps, error=self.error, finished=history.now()
        )

    def _plan(self) -> Plan:
        order = self._order
        if not order.build:
            raise GroundworkError(
                "no-inline-build", f"the trigger {self._build.trigger} holds no build of its own", "give it one with `build`"
            )
        values = Substitutions(
            builtin=builtin(self._build, order), user=order.defaults, taken=order.taken, loose=order.loose,
            operations=order.operations,
        )  # fmt: skip
        planned = plan(order.build, values)
        for name in sorted(values.missing):
            self._log.write(
                f"warning: nobody gives the substitution ${name}: it is empty, as in every build that a trigger starts"
            )
        for name in planned.ignored:
            self._log.write(f"SKIPPED: `{name}` of the build: the twin stores none")
        return planned

    def _site(self, folders: Workspace) -> Site:
        worker = Worker(
            twin=self._store.root.resolve(), build=self._build.id, project=self._build.project,
            identity=self._build.service_account, store=folders.store, temporary=folders.temporary,
        )  # fmt: skip
        return Site(
            checkout=folders.checkout,
            scripts=folders.scripts,
            environment=lambda step, own: step_environment(worker, step, own),
        )

    def _progress(self, steps: tuple[BuildStep, ...]) -> None:
        self._steps = steps
        history.update_build(self._store, self._build.id, steps=steps)


def builtin(build: Build, order: Order) -> dict[str, str]:
    """Return Cloud Build's own substitutions; what a build without a source lacks is empty."""
    owner, name = order.owner_and_name
    return {
        "PROJECT_ID": build.project,
        "BUILD_ID": build.id,
        "LOCATION": order.location,
        "TRIGGER_NAME": build.trigger,
        "TRIGGER_BUILD_CONFIG_PATH": "",  # the build is inline
        "COMMIT_SHA": build.commit,
        "REVISION_ID": build.commit,
        "SHORT_SHA": build.commit[:7],
        "BRANCH_NAME": build.branch,
        "REF_NAME": build.branch,
        "TAG_NAME": "",
        "REPO_NAME": order.source or name,
        "REPO_FULL_NAME": f"{owner}/{name}" if name else "",
        "SERVICE_ACCOUNT": order.account,
        "SERVICE_ACCOUNT_EMAIL": build.service_account,
    }


def _what(order: Order) -> str:
    why = f"trigger {order.trigger}" if order.trigger else f"submitted as {order.key}"
    if not order.repository:
        return f"{why}, without a source"
    subject = ask(order.repository, "log", "-1", "--format=%s", "--end-of-options", order.commit)
    return f"{why}, branch {order.branch}, commit {order.commit[:7]} {bounded(subject or '')}"
