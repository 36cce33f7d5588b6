"""Every port, in memory; the clock counts each call."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pandas as pd
from fsspec import AbstractFileSystem  # type: ignore[import-untyped]  # fsspec has no types

from groundwork.ports.builds import Build, Submission
from groundwork.ports.errors import Absent, Conflict, Denied, Unavailable
from groundwork.ports.git_provider import Commit, Difference, FileChange, Proposal, PullRequest, ReviewDecision
from groundwork.ports.models import Version
from groundwork.ports.runner import Run
from groundwork.ports.schedules import Schedule
from groundwork.ports.stacks import DeployedStack
from groundwork.ports.warehouse import Column, Table
from tests.unit.factory.clock import ScheduledTopic

NOTEBOOK = json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}).encode()
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Objects(AbstractFileSystem):  # type: ignore[misc]  # as above
    """Objects by `bucket/name`; says no as gcsfs does."""

    protocol = ("gs",)
    cachable = False

    def __init__(self, clock: ScheduledTopic) -> None:
        super().__init__()
        self._clock = clock
        self.stored: dict[str, bytes] = {}

    @contextmanager
    def _call(self, what: str, path: str) -> Iterator[None]:
        try:
            with self._clock.call(f"objects.{what} {path.partition('/')[0]}"):
                yield
        except Unavailable as error:
            raise OSError(error.message) from error
        except Denied as error:
            raise PermissionError(error.message) from error

    def ls(self, path: str, detail: bool = True, **_: Any) -> list[Any]:  # noqa: FBT001, FBT002  fsspec's signature
        path = self._strip_protocol(path)
        with self._call("list", path):
            below = [name.removeprefix(f"{path}/").partition("/") for name in self.stored if name.startswith(f"{path}/")]
        found = {f"{path}/{first}": "directory" if slash else "file" for first, slash, _ in below}
        if not found:
            raise FileNotFoundError(path)
        return [{"name": name, "type": kind, "size": 0} for name, kind in sorted(found.items())] if detail else sorted(found)

    def find(self, path: str, *_: Any, **__: Any) -> list[str]:
        path = self._strip_protocol(path)
        with self._call("list", path):
            return sorted(name for name in self.stored if name.startswith(f"{path}/"))

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        path = self._strip_protocol(path)
        with self._call("info", path):
            if path not in self.stored:
                raise FileNotFoundError(path)
            return {"name": path, "type": "file", "size": len(self.stored[path])}

    def cat_file(self, path: str, start: int | None = None, end: int | None = None, **_: Any) -> bytes:
        path = self._strip_protocol(path)
        with self._call("read", path):
            if path not in self.stored:
                raise FileNotFoundError(path)
            return self.stored[path][start:end]

    def rm_file(self, path: str) -> None:
        path = self._strip_protocol(path)
        with self._call("delete", path):
            if path not in self.stored:
                raise FileNotFoundError(path)
            del self.stored[path]

    def rm(self, path: str, *_: Any, **__: Any) -> None:
        path = self._strip_protocol(path)
        for name in [name for name in self.stored if name.startswith(f"{path}/")]:
            self.rm_file(name)

    def open(self, path: str, mode: str = "rb", **_: Any) -> Any:
        path = self._strip_protocol(path)
        return io.BytesIO(self.cat_file(path)) if mode == "rb" else _Upload(self, path, new=mode == "xb")

    def create(self, path: str, content: bytes, *, new: bool) -> None:
        with self._call("create", path):
            if new and path in self.stored:
                raise FileExistsError(path)
            self.stored[path] = content


class _Upload(io.BytesIO):
    def __init__(self, objects: Objects, path: str, *, new: bool) -> None:
        super().__init__()
        self._place: Callable[[bytes], None] = lambda content: objects.create(path, content, new=new)

    def __exit__(self, *error: object) -> None:
        content = self.getvalue()
        self.close()
        if not error[0]:
            self._place(content)


class Warehouse:
    """Tables of batches; understands the few SELECTs that the factory itself writes."""

    def __init__(self, clock: ScheduledTopic) -> None:
        self._clock = clock
        self.columns: dict[str, tuple[Column, ...]] = {}
        self.stored: dict[str, dict[str, pd.DataFrame]] = {}
        self.views: set[str] = set()
        """Tables that somebody put a view in the place of."""

    def declare(self, table: str, *columns: str) -> None:
        self.columns[table] = tuple(Column(name=name, type="STRING", required=False) for name in columns)
        self.stored[table] = {}

    def drop(self, dataset: str) -> None:
        for table in [table for table in self.stored if table.startswith(f"{dataset}.")]:
            del self.stored[table], self.columns[table]

    def query(
        self, sql: str, *, tables: Mapping[str, str] | None = None, parameters: Mapping[str, Any] | None = None
    ) -> pd.DataFrame:
        match = re.fullmatch(r"SELECT (.+) FROM (\w+)(?: WHERE batch = @(\w+))?(?: ORDER BY (\w+))?", sql)
        assert match, f"this fake does not understand {sql}"
        with self._clock.call("warehouse.query"):
            batches = self._batches((tables or {})[match[2]])
            wanted = [batches[each] for each in batches if not match[3] or each == (parameters or {})[match[3]]]
        rows = pd.concat(wanted) if wanted else pd.DataFrame()
        if match[4] and not rows.empty:
            rows = rows.sort_values(match[4])
        return rows if "EXCEPT" in match[1] or rows.empty else rows[match[1].split(", ")]

    def tables(self, dataset: str) -> list[str]:
        with self._clock.call("warehouse.tables"):
            return sorted(table for table in self.stored if table.startswith(f"{dataset}."))

    def describe(self, table: str) -> Table:
        with self._clock.call("warehouse.describe"):
            self._batches(table)
            return Table(columns=self.columns[table], key=())

    def append(self, table: str, rows: pd.DataFrame, *, batch: str) -> None:
        with self._clock.call("warehouse.append"):
            self._batches(table).setdefault(batch, rows)

    def batches(self, table: str) -> list[str]:
        with self._clock.call("warehouse.batches"):
            return sorted(self._batches(table))

    def retract(self, table: str, *, batch: str) -> None:
        with self._clock.call("warehouse.retract"):
            self._batches(table).pop(batch, None)

    def export(self, table: str, *, batch: str, rows: int, size: int) -> bytes:
        with self._clock.call("warehouse.export"):
            found = self._batches(table).get(batch, pd.DataFrame(columns=[each.name for each in self.columns[table]]))
            if table in self.views or len(found) > rows:
                raise Conflict(f"`{table}` is a view, or the batch is larger than {rows:,} rows", "store fewer")
            return found.to_parquet(index=False)

    def _batches(self, table: str) -> dict[str, pd.DataFrame]:
        if table not in self.stored:
            raise Absent(f"there is no table {table}", "declare it")
        return self.stored[table]


class Runner:
    """Runs that builds have made."""

    def __init__(self, clock: ScheduledTopic) -> None:
        self._clock = clock
        self.made: list[Run] = []

    def run(self, *_: Any, **__: Any) -> Run:
        raise AssertionError("the factory runs no pipeline itself")

    def runs(self) -> list[Run]:
        with self._clock.call("runner.runs"):
            return list(self.made)

    def log(self, run: str) -> list[Mapping[str, Any]]:
        return []


class Builds:
    """A build does what `work` does."""

    def __init__(self, clock: ScheduledTopic, work: Callable[[Submission, str], None]) -> None:
        self._clock = clock
        self._work = work
        self.made: list[Build] = []

    def builds(self) -> list[Build]:
        with self._clock.call("builds.builds"):
            return list(self.made)

    def get(self, build: str) -> Build:
        found = next((each for each in self.made if each.id == build), None)
        if found is None:
            raise Absent(f"there is no build {build}", "list them")
        return found

    def submit(self, submission: Submission, hear: Callable[[str], None]) -> Build:
        with self._clock.call("builds.submit"):
            found = next((each for each in self.made if each.key == submission.key), None)
            build = found or Build(
                id=f"b{len(self.made)}", project=submission.project, trigger="", branch=submission.branch,
                commit=submission.commit, status="WORKING", service_account=submission.service_account, created=NOON,
                finished=None, steps=(), error="", key=submission.key,
            )  # fmt: skip
            if not found:
                self.made.append(build)
        if build.finished is None:
            with self._clock.call("builds.submit: the build"):
                self._work(submission, build.id)
                build = self._finish(build, "SUCCESS")
        return build

    def cancel(self, build: str) -> Build:
        with self._clock.call("builds.cancel"):
            return self._finish(self.get(build), "CANCELLED")

    def log(self, build: str) -> str:
        return ""

    def _finish(self, build: Build, status: str) -> Build:
        over = replace(build, status=status, finished=NOON)
        self.made = [over if each.id == build.id else each for each in self.made]
        return over


class Models:
    """One project's."""

    def __init__(self, clock: ScheduledTopic) -> None:
        self._clock = clock
        self.made: list[Version] = []

    def versions(self, model: str) -> list[Version]:
        with self._clock.call("models.versions"):
            return [each for each in self.made if each.model == model]

    def register(self, model: str, *, key: str, artifact: str, labels: Mapping[str, str]) -> Version:
        with self._clock.call("models.register"):
            found = next((each for each in self.made if (each.model, each.key) == (model, key)), None)
            number = str(1 + max((int(each.version) for each in self.made), default=0))
            version = found or Version(model=model, version=number, key=key, artifact=artifact, labels=labels, aliases=())
            self.made += [] if found else [version]
            return version

    def delete(self, model: str, version: str) -> None:
        with self._clock.call("models.delete"):
            if any(each.aliases for each in self.made if (each.model, each.version) == (model, version)):
                raise Conflict(f"version {version} has an alias", "take it off")
            self.made = [each for each in self.made if (each.model, each.version) != (model, version)]

    def alias(self, model: str, alias: str) -> str | None:
        with self._clock.call("models.alias"):
            return self._on(model, alias)

    def move_alias(self, model: str, alias: str, *, to: str | None, expected: str | None) -> None:
        with self._clock.call("models.move_alias"):
            if self._on(model, alias) not in {expected, to}:
                raise Conflict(f"{alias} is on {self._on(model, alias)}", "look who moved it")
            self.made = [
                replace(each, aliases=(alias,) if each.version == to else tuple(a for a in each.aliases if a != alias))
                for each in self.made
            ]

    def _on(self, model: str, alias: str) -> str | None:
        return next((each.version for each in self.made if each.model == model and alias in each.aliases), None)


class Schedules:
    """One project's."""

    def __init__(self, clock: ScheduledTopic) -> None:
        self._clock = clock
        self.made: dict[str, Schedule] = {}

    def get(self, name: str) -> Schedule | None:
        with self._clock.call("schedules.get"):
            return self.made.get(name)

    def put(self, name: str, schedule: Schedule | None, *, expected: Schedule | None) -> None:
        with self._clock.call("schedules.put"):
            if self.made.get(name) not in [expected, schedule]:
                raise Conflict(f"{name} is another", "look who changed it")
            self.made.pop(name, None)
            if schedule:
                self.made[name] = schedule


@dataclass
class GitProvider:
    """Pull requests of a repository whose branches are given."""

    clock: ScheduledTopic
    heads: dict[str, str] = field(default_factory=dict)
    made: dict[int, PullRequest] = field(default_factory=dict)
    said: dict[int, dict[str, str]] = field(default_factory=dict)
    given: dict[int, list[ReviewDecision]] = field(default_factory=dict)
    conflicts: bool = False
    """Whether no base takes what is to be merged."""
    plain: set[str] = field(default_factory=set)
    """Commits that change no pipeline, and that every branch has."""
    idle: set[str] = field(default_factory=set)
    """Commits that no other branch has, and that change no pipeline."""
    took_part: dict[str, frozenset[str]] = field(default_factory=dict)
    """By commit, who has a part in it."""
    files: dict[str, bytes] = field(default_factory=lambda: {"pipelines/forecasting/notebook.ipynb": NOTEBOOK})
    """What every commit holds; all of it is new."""

    def branches(self) -> Mapping[str, str]:
        with self.clock.call("git_provider.branches"):
            return dict(self.heads)

    def commit(self, commit: str) -> Commit:
        return Commit(id=commit, author="ada@northwind.example", subject="Fit", at=NOON, parents=())

    def contains(self, branch: str, commit: str) -> bool:
        return self.heads.get(branch) == commit

    def difference(self, commit: str, *, base: str) -> Difference:
        with self.clock.call("git_provider.difference"):
            new: dict[str, Any] = {"path_before": "", "mode": "100644", "mode_before": "", "size_before": 0}
            files = [FileChange(path=path, size=len(content), **new) for path, content in self.files.items()]
            return Difference(since=base, files=tuple(files))

    def unmerged(self, into: Collection[str]) -> Mapping[str, str]:
        with self.clock.call("git_provider.unmerged"):
            return {name: at for name, at in self.heads.items() if at not in {*into, *self.plain}}

    def line(self, commit: str, *, since: Collection[str], below: str) -> list[Commit]:
        with self.clock.call("git_provider.line"):
            return [] if commit in {*since, *self.plain} else [self.commit(commit)]

    def touched(self, commit: str) -> list[str]:
        with self.clock.call("git_provider.touched"):
            return [] if commit in self.plain | self.idle else list(self.files)

    def people(self, commit: str, *, since: Collection[str]) -> frozenset[str]:
        with self.clock.call("git_provider.people"):
            return self.took_part.get(commit, frozenset({"ada@northwind.example"}))

    def changed(self, commit: str, *, since: str, trunk: str | None = None) -> list[str]:
        with self.clock.call("git_provider.changed"):
            return [] if commit in self.plain | self.idle else list(self.files)

    def read(self, path: str, commit: str) -> bytes:
        with self.clock.call("git_provider.read"):
            if path not in self.files:
                raise Absent(f"there is no file {path}", "commit it")
            return self.files[path]

    def pull_requests(self, *, state: str = "open") -> list[PullRequest]:
        with self.clock.call("git_provider.pull_requests"):
            return [each for each in self.made.values() if each.state == state]

    def pull_request(self, number: int) -> PullRequest:
        with self.clock.call("git_provider.pull_request"):
            return self.made[number]

    def merged_as(self, commit: str) -> PullRequest | None:
        with self.clock.call("git_provider.merged_as"):
            return next((each for each in self.made.values() if each.merge_commit == commit), None)

    def open(self, proposal: Proposal) -> PullRequest:
        with self.clock.call("git_provider.open"):
            same = (proposal.head, proposal.base, "open")
            found = next((each for each in self.made.values() if (each.head, each.base, each.state) == same), None)
            if found and found.commit != proposal.commit:
                raise Conflict(f"#{found.number} is at another commit", "close it")
            return found or self._add(proposal)

    def _add(self, proposal: Proposal) -> PullRequest:
        request = PullRequest(
            **asdict(proposal), number=len(self.made) + 1, reviewers=(), candidate="", report="", state="open", opened=NOON,
            closed=None, merge_commit="",
        )  # fmt: skip
        self.made[request.number] = request
        return request

    def withdraw(self, number: int, *, body: str) -> PullRequest:
        with self.clock.call("git_provider.withdraw"):
            self.made[number] = replace(self.made[number], body=body, candidate="", report="", reviewers=())
            return self.made[number]

    def present(self, number: int, *, body: str, candidate: str, report: str, reviewers: Sequence[str]) -> PullRequest:
        with self.clock.call("git_provider.present"):
            known = self.made[number]
            request = replace(known, body=body, candidate=candidate, report=report, reviewers=tuple(reviewers))
            if not report:
                raise Conflict(f"#{number} has no report", "give its digest")
            self.made[number] = request
            return request

    def comment(self, number: int, text: str, *, key: str) -> None:
        with self.clock.call("git_provider.comment"):
            self.said.setdefault(number, {}).setdefault(key, text)

    def comments(self, number: int) -> list[str]:
        return list(self.said.get(number, {}).values())

    def decide(self, number: int, decision: ReviewDecision) -> None:
        said = self.given.setdefault(number, [])
        if decision not in said:
            self.given[number] = [each for each in said if each.reviewer != decision.reviewer] + [decision]

    def decisions(self, number: int) -> list[ReviewDecision]:
        with self.clock.call("git_provider.decisions"):
            return list(self.given.get(number, []))

    def merge(self, number: int, *, commit: str) -> str:
        with self.clock.call("git_provider.merge"):
            if self.conflicts:
                raise Conflict("both change the same lines", "bring the branch up to date")
            merged = replace(self.made[number], state="merged", merge_commit=f"merge of {commit}", closed=NOON)
            self.made[number] = merged
            return merged.merge_commit

    def close(self, number: int) -> None:
        with self.clock.call("git_provider.close"):
            if self.made[number].state == "merged":
                raise Conflict(f"#{number} is merged", "revert it")
            self.made[number] = replace(self.made[number], state="closed", closed=NOON)

    def diff(self, number: int) -> str:
        return ""


class Stacks:
    """A stack makes what `built` does for its arguments' dataset, and is half there while it is under way."""

    def __init__(self, clock: ScheduledTopic, built: Callable[[str, bool], Mapping[str, Any]]) -> None:
        self._clock = clock
        self._built = built
        self.made: set[str] = set()

    def up(self, stack: str, project: str, program: Callable[[], None]) -> DeployedStack:
        with self._clock.call("stacks.up"):
            self.made.add(stack)
        program()
        with self._clock.call("stacks.up: resources"):
            outputs = self._built(stack, True)
        return DeployedStack(outputs=outputs, resources=(("gcp:bigquery/dataset:Dataset", stack),))

    def remove(self, stack: str) -> None:
        with self._clock.call("stacks.remove: resources"):
            self._built(stack, False)
        with self._clock.call("stacks.remove"):
            self.made.discard(stack)

    def leftovers(self, stack: str) -> list[str]:
        with self._clock.call("stacks.leftovers"):
            return ["its state"] if stack in self.made else []


class Notifications:
    """Remembers what was sent."""

    def __init__(self, clock: ScheduledTopic) -> None:
        self._clock = clock
        self.sent: list[tuple[str, str]] = []

    def clear(self) -> None:
        return

    def add(self, url: str) -> bool:
        return True

    def notify(self, *, title: str, body: str) -> bool:
        with self._clock.call("notifications.notify"):
            self.sent.append((title, body))
        return True
