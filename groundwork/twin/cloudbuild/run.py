"""Runs one build, from its request to its end; the log, the record and the results of its steps stay."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, TextIO
from uuid import uuid4

from groundwork.errors import GroundworkError
from groundwork.ports.builds import Build, BuildStep
from groundwork.printable import bounded
from groundwork.twin.cloudbuild import history
from groundwork.twin.cloudbuild.build_permissions import require_account, require_images, require_pool_and_log
from groundwork.twin.cloudbuild.build_request import BuildRequest
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
INTERRUPTED = "the process that ran it was interrupted"


def run_build(store: Store, request: BuildRequest, stream: TextIO, cancelled: Callable[[], str]) -> Build:
    """Run a build to its end and return its record. `cancelled` returns the reason to end it now, or ""."""
    build = Build(
        id=request.id or str(uuid4()), project=request.project, trigger=request.trigger, branch=request.branch,
        commit=request.commit, status=WORKING, service_account=request.account.rpartition("/")[2],
        created=history.now(), finished=None, steps=(), error="", key=request.key,
    )  # fmt: skip
    with history.hold_lock(store, build.id), Log(history.log_path(store, build.id), stream) as log:
        history.create_build(store, build, pid=os.getpid(), parent=request.parent)
        running = _RunningBuild(store, request, build, log)

        def ends() -> str:
            return CANCELLED_BY if history.is_cancelled(store, build.id) else cancelled()

        try:
            running.run(ends)
        except GroundworkError as refused:
            reason = ends()  # Ctrl-C also reaches the git that fetches the commit
            running.status, running.error = (CANCELLED, reason) if reason else (FAILURE, str(refused))
        except KeyboardInterrupt:
            running.status, running.error = CANCELLED, INTERRUPTED
            raise
        finally:
            running.close()
    return history.get_build(store, build.id)


class _RunningBuild:
    """A running build and its state so far."""

    def __init__(self, store: Store, request: BuildRequest, build: Build, log: Log) -> None:
        self._store, self._request, self._build, self._log = store, request, build, log
        self._began = time.monotonic()
        self._steps: tuple[BuildStep, ...] = ()
        self.status = "INTERNAL_ERROR"
        self.error = "a bug in the twin; the output of `git push` has its traceback"

    def run(self, cancelled: Callable[[], str]) -> None:
        """Run every step; raises GroundworkError for a build that cannot be begun."""
        build, request = self._build, self._request
        self._log.write(f"build {build.id}")
        self._log.write(f"  {_what(request)}")
        self._log.write(f"  as {build.service_account or 'nobody'}; log in {history.log_path(self._store, build.id)}")
        require_account(self._store, request)
        require_pool_and_log(self._store, request)
        planned = self._plan()
        require_images(self._store, request, (step.image for step in planned.steps))
        with workspace(self._store, build.id) as folders:
            if request.repository:
                check_out(folders.checkout, request.repository, build.commit)
                self._log.write(f"HEAD is now at {build.commit[:7]}")
            execution = Execution(
                plan=planned, site=self._site(folders), log=self._log, progress=self._progress,
                cancelled=lambda: cancelled() or ("" if self._log.heard else f"the process that {request.by} has gone"),
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
        request = self._request
        if not request.build:
            raise GroundworkError(
                "inline-build-not-found",
                f"the trigger {self._build.trigger} holds no build of its own",
                "set its `build`",
            )
        values = Substitutions(
            builtin=builtin(self._build, request), user=request.defaults, external=request.external,
            allow_loose=request.allow_loose, operations=request.operations,
        )  # fmt: skip
        planned = plan(request.build, values)
        for name in sorted(values.missing):
            self._log.write(
                f"warning: the substitution ${name} has no value: it is empty, as in every build that a trigger starts"
            )
        for name in planned.ignored:
            self._log.write(f"SKIPPED: `{name}` of the build: the twin stores none")
        return planned

    def _site(self, folders: Workspace) -> Site:
        worker = Worker(
            twin=self._store.root.resolve(), build=self._build.id, project=self._build.project,
            identity=self._build.service_account, user_folder=folders.user_folder, temporary=folders.temporary,
        )  # fmt: skip
        return Site(
            checkout=folders.checkout,
            scripts=folders.scripts,
            environment=lambda step, own: step_environment(worker, step, own),
        )

    def _progress(self, steps: tuple[BuildStep, ...]) -> None:
        self._steps = steps
        history.update_build(self._store, self._build.id, steps=steps)


def builtin(build: Build, request: BuildRequest) -> dict[str, str]:
    """Return Cloud Build's own substitutions; those of a source are empty in a build without one."""
    owner, name = request.owner_and_name
    return {
        "PROJECT_ID": build.project,
        "BUILD_ID": build.id,
        "LOCATION": request.location,
        "TRIGGER_NAME": build.trigger,
        "TRIGGER_BUILD_CONFIG_PATH": "",  # the build is inline
        "COMMIT_SHA": build.commit,
        "REVISION_ID": build.commit,
        "SHORT_SHA": build.commit[:7],
        "BRANCH_NAME": build.branch,
        "REF_NAME": build.branch,
        "TAG_NAME": "",
        "REPO_NAME": request.source or name,
        "REPO_FULL_NAME": f"{owner}/{name}" if name else "",
        "SERVICE_ACCOUNT": request.account,
        "SERVICE_ACCOUNT_EMAIL": build.service_account,
    }


def _what(request: BuildRequest) -> str:
    why = f"trigger {request.trigger}" if request.trigger else f"submitted as {request.key}"
    if not request.repository:
        return f"{why}, without a source"
    subject = ask(request.repository, "log", "-1", "--format=%s", "--end-of-options", request.commit)
    return f"{why}, branch {request.branch}, commit {request.commit[:7]} {bounded(subject or '')}"
