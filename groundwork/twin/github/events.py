"""Events of the twin's Git provider that fire triggers: merges, like pushes, and pull requests that people open.

The git interface builds within the push. A merge is often made by a build, so its events wait here until a process delivers them;
each is taken by one process. An event that is lost with a killed process does no harm: reconciliation finds it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from groundwork.errors import GroundworkError
from groundwork.ports.git_provider import PullRequest
from groundwork.twin.cloudbuild.build_request import for_trigger
from groundwork.twin.cloudbuild.log import say
from groundwork.twin.cloudbuild.matching import PullRequestEvent, Push, reason_against
from groundwork.twin.cloudbuild.run import run_build
from groundwork.twin.core.store import Store
from groundwork.twin.github.git import changed_files
from groundwork.twin.github.repositories import repository_path

ASKS = "/gcbrun"
"""The comment in a pull request that makes Cloud Build build it."""

_REPOSITORY = "gcp:cloudbuildv2/repository:Repository"
_TRIGGER = "gcp:cloudbuild/trigger:Trigger"


@dataclass(frozen=True)
class BranchMoved:
    """The Git provider moved a branch, or made it (`before` is None)."""

    repository: str
    branch: str
    before: str | None
    after: str

    def push(self, path: Path) -> Push:
        """Return the event as triggers see it."""
        files = changed_files(path, branch=self.branch, before=self.before, commit=self.after)
        return Push(branch=self.branch, before=self.before, commit=self.after, files=files)


@dataclass(frozen=True)
class PullRequestOpened:
    """A person opened a pull request with a commit that left its base at `since`, or commented on it."""

    repository: str
    request: PullRequest
    since: str
    asked: bool
    """Whether a person with write access to the repository commented `/gcbrun` in it."""


def enqueue(store: Store, event: BranchMoved | PullRequestOpened) -> None:
    """Keep an event until a process delivers it."""
    match event:
        case BranchMoved():
            push = event.push(store.root / "repositories" / event.repository)
        case PullRequestOpened(request=request, asked=asked):
            files = changed_files(
                store.root / "repositories" / event.repository, branch=request.head, before=event.since, commit=request.commit
            )
            pull = PullRequestEvent(number=request.number, base=request.base, asked=asked)
            push = Push(branch=request.head, before=event.since, commit=request.commit, files=files, pull=pull)
    _table(store).records.execute("insert into events (repository, push) values (?, ?)", (event.repository, _json(push)))


def deliver(store: Store, stream: TextIO, cancelled: Callable[[], str]) -> int:
    """Take every event, also those that follow from these, and run the triggered builds; return the number of events."""
    taken = 0
    while not cancelled() and (event := _take(store)):
        repository, push = event
        fire(store, store.root / "repositories" / repository, push, stream, cancelled)
        taken += 1
    return taken


def fire(store: Store, repository: Path, push: Push, stream: TextIO, cancelled: Callable[[], str]) -> None:
    """Run the builds of every trigger that fires for a push or a pull request."""
    for trigger in _fired(store, repository, push, stream):
        if not cancelled():
            run_build(store, for_trigger(trigger, repository, push), stream, cancelled)


def _take(store: Store) -> tuple[str, Push] | None:
    query = "delete from events where number = (select min(number) from events) returning repository, push"
    row = _table(store).records.execute(query).fetchall()
    return (row[0][0], _push(json.loads(row[0][1]))) if row else None


def _table(store: Store) -> Store:
    store.records.execute(
        "create table if not exists events (number integer primary key autoincrement, repository text, push text)"
    )
    return store


def _json(push: Push) -> str:
    return json.dumps({**vars(push), "pull": vars(push.pull) if push.pull else None})


def _push(fields: Mapping[str, Any]) -> Push:
    pull = PullRequestEvent(**fields["pull"]) if fields["pull"] else None
    return Push(**{**fields, "files": tuple(fields["files"]), "pull": pull})


def _fired(store: Store, repository: Path, push: Push, stream: TextIO) -> list[Mapping[str, Any]]:
    """Return the triggers that fire, and say which those are, or why there are none."""
    what = f"pull request #{push.pull.number} to {push.pull.base}, " if push.pull else ""
    head = f"{what}{push.branch} at {push.commit[:7]} ({_counted(len(push.files), 'changed file')})"
    connected = {id_ for id_, inputs in store.all(_REPOSITORY) if _is(store, inputs.get("remoteUri"), repository)}
    if not connected:
        say(stream, f"{head}: nothing is built: no connection leads to this repository")
        return []
    triggers = [
        inputs for _, inputs in store.all(_TRIGGER) if (inputs.get("repositoryEventConfig") or {}).get("repository") in connected
    ]
    evaluated = [(trigger, reason_against(trigger, push)) for trigger in triggers]
    fired = [trigger for trigger, reason in evaluated if not reason]
    if fired:
        say(stream, f"{head}: builds {', '.join(_title(trigger) for trigger in fired)}")
        return fired
    say(stream, f"{head}: nothing is built: no trigger matches" + ("" if evaluated else "; this repository has none"))
    for trigger, reason in evaluated:
        say(stream, f"  trigger {_title(trigger)}: {reason}")
    return []


def _is(store: Store, remote: str | None, repository: Path) -> bool:
    try:
        return bool(remote) and repository_path(store, str(remote)).resolve() == repository.resolve()
    except GroundworkError:
        return False


def _title(trigger: Mapping[str, Any]) -> str:
    """Return how people know a trigger: several projects may each have one of the same name."""
    return f"{trigger['project']}/{trigger['name']}"


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
