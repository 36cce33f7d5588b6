"""Builds on the twin: those that triggers started, and those that are submitted here."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from itertools import chain
from typing import Any
from uuid import uuid4

from groundwork.errors import GroundworkError
from groundwork.google import build_rules
from groundwork.ports.builds import Build, Submission
from groundwork.ports.errors import Absent, Conflict, Unavailable
from groundwork.twin.cloudbuild import history
from groundwork.twin.cloudbuild.build_request import plural
from groundwork.twin.cloudbuild.recover import recover
from groundwork.twin.cloudbuild.submitted import started
from groundwork.twin.cloudbuild.triggers import build_faults
from groundwork.twin.core.store import Store
from groundwork.twin.github.git import ask, is_object
from groundwork.twin.github.repositories import repository_path
from groundwork.twin.iam import service_accounts
from groundwork.twin.iam.permissions import require

_GLANCE = 0.1
"""Seconds between two checks of a build that another process runs."""
_PATIENCE = 60.0
"""Seconds in which a cancelled build has to end: its programs are killed."""
_AGAIN = frozenset({"CANCELLED", "INTERNAL_ERROR", "EXPIRED"})
"""Statuses of builds that the platform ended: under the same key they are built again."""


class TwinBuilds:
    """`Builds` on the twin's records; a person (no identity) may see and start all, a build sees itself."""

    def __init__(self, store: Store, identity: str | None) -> None:
        self._store, self._identity = store, identity

    def builds(self) -> list[Build]:
        """Return every build that may be seen, newest first: an identity's are those of its own project, as they are listed."""
        found = history.all_builds(self._store)
        if self._identity is None:
            return found
        project = self._identity.partition("@")[2].partition(".")[0]
        require(self._store, self._identity, "cloudbuild.builds.list", f"projects/{project}")
        return [each for each in found if each.project == project]

    def get(self, build: str) -> Build:
        """Return one build."""
        found = history.get_build(self._store, build)
        if self._identity != found.service_account:
            require(self._store, self._identity, "cloudbuild.builds.get", f"projects/{found.project}")
        return found

    def log(self, build: str) -> str:
        """Return a build's log so far; empty before its first line."""
        path = history.log_path(self._store, self.get(build).id)
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def submit(self, submission: Submission, hear: Callable[[str], None]) -> Build:
        """Run a build to its end in a process of its own, or follow the one of this key; return it."""
        submission = self._checked(submission)
        store, id_ = self._store, str(uuid4())
        with ExitStack() as running:
            with store.lock("submission", f"{submission.project} {submission.key}"):
                current = self._standing(submission)
                lines = iter(()) if current else running.enter_context(started(store, submission, id_))
                first = next(lines, "")  # once it has said something it is on record
            if current:
                return self._follow(current.id, hear)
            for line in chain([first] if first else [], lines):
                hear(line)
        try:
            return history.get_build(store, id_)
        except Absent as absent:
            raise Unavailable(f"the build `{submission.key}` ended before it began", "try again") from absent

    def cancel(self, build: str) -> Build:
        """End a build and those that it submitted; return it as it ended."""
        store = self._store
        found = history.get_build(store, build)
        require(store, self._identity, "cloudbuild.builds.update", f"projects/{found.project}")
        family = [build, *history.children(store, build)]
        for each in family:
            history.cancel_build(store, each)
            self._wait(each)
        if set(family) & set(history.unfinished(store)):
            recover(store)
        return history.get_build(store, build)

    def _checked(self, submission: Submission) -> Submission:
        """Return the submission with its build as Google reads it; raises Denied, Absent or Conflict."""
        store, account = self._store, submission.service_account
        require(store, self._identity, "cloudbuild.builds.create", f"projects/{submission.project}")
        full = f"projects/{submission.project}/serviceAccounts/{account}"
        require(store, self._identity, "iam.serviceAccounts.actAs", full)
        if not service_accounts.find_account(store, account):
            raise Absent(f"service account {account} does not exist", "create it with `pulumi up`")
        if not submission.key:
            raise Conflict("the submission has no key", "give it a key: one key is built once")
        build = _understood(submission)
        for fault in build_faults(plural(build)):
            raise Conflict(f"the build cannot be run: {fault.reason}", "correct the build file")
        if submission.commit:
            _require_commit(store, submission)
        return replace(submission, build=build)

    def _standing(self, submission: Submission) -> Build | None:
        """Return the build of this key to follow; a dead one is recovered, so that it can be built again."""
        current = history.submitted(self._store, submission.project, submission.key)
        if current and current.commit != submission.commit:
            raise Conflict(
                f"`{submission.key}` was submitted with commit {current.commit[:12] or 'none'}",
                "give another submission another key",
            )
        if not current or current.status not in _AGAIN:
            return current
        if not current.finished:
            recover(self._store)
        return None

    def _follow(self, build: str, hear: Callable[[str], None]) -> Build:
        """Pass on a build's log until it is over."""
        passed_on = 0
        while True:
            over = not history.is_running(self._store, build)
            *lines, rest = self.log(build).split("\n")[passed_on:]
            for line in (*lines, *([rest] if over and rest else [])):
                hear(line)
            passed_on += len(lines)
            if over:
                return history.get_build(self._store, build)
            time.sleep(_GLANCE)

    def _wait(self, build: str) -> None:
        deadline = time.monotonic() + _PATIENCE
        while history.is_running(self._store, build):
            if time.monotonic() > deadline:
                raise Unavailable(f"build {build} does not end", "read its log with `groundwork logs`, then try again")
            time.sleep(_GLANCE)


def _understood(submission: Submission) -> dict[str, Any]:
    """Return the build as Google reads its JSON; raises Conflict where Google would refuse it."""
    try:
        build = build_rules.parse_build(submission.build)
    except ValueError as error:
        raise Conflict(
            f"the build cannot be run: Cloud Build does not know its form: {error}", "correct the build file"
        ) from error
    read = build_rules.as_json(build)
    build.substitutions.update(submission.substitutions)
    for fault in build_rules.faults(build, triggered=False):
        where = ".".join(str(part).rstrip("_") for part in fault.path)
        raise Conflict(f"the build cannot be run: {where}: {fault.message}", "correct the build file")
    return read


def _require_commit(store: Store, submission: Submission) -> None:
    try:
        path = repository_path(store, submission.repository)
    except GroundworkError as error:
        raise Absent(error.message, error.hint) from error
    commit = submission.commit
    if not is_object(commit) or not path.is_dir() or ask(path, "cat-file", "-e", f"{commit}^{{commit}}") is None:
        raise Absent(f"there is no commit {commit!r} in {submission.repository}", "push it first")
