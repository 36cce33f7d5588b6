"""Cloud Build's triggers: a rule, and the build that it holds. The git interface matches pushes with them."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from groundwork.twin.cloudbuild.connections import Repository
from groundwork.twin.cloudbuild.worker_pools import WorkerPool
from groundwork.twin.compute.networks import require_there
from groundwork.twin.core.resource_type import Fault, Properties, ResourceType, dig, known
from groundwork.twin.core.store import Refused, Store
from groundwork.twin.iam.service_accounts import require_account
from groundwork.twin.pubsub.resources import require_topic

BUILD = frozenset({"artifacts", "images", "options", "steps", "substitutions", "tags", "timeout"})
STEP = frozenset(
    {
        *("allowExitCodes", "allowFailure", "args", "automapSubstitutions", "dir", "entrypoint", "envs", "id", "name"),
        *("script", "timeout", "waitFors"),
    }
)
OPTIONS = frozenset(
    {"automapSubstitutions", "dynamicSubstitutions", "envs", "logging", "machineType", "substitutionOption", "workerPool"}
)
EVENT = frozenset({"pullRequest", "push", "repository"})
PUSH = frozenset({"branch", "invertRegex"})
PULL_REQUEST = PUSH | {"commentControl"}
CONTROLS = {"COMMENTS_DISABLED", "COMMENTS_ENABLED", "COMMENTS_ENABLED_FOR_EXTERNAL_CONTRIBUTORS_ONLY"}
"""On the twin nobody is external."""
LOGGED = {"CLOUD_LOGGING_ONLY", "NONE"}
DURATION = re.compile(r"\d{1,5}(\.\d{1,9})?s")
SUBSTITUTION = re.compile(r"_[A-Z0-9_]{1,99}")
SUBSTITUTION_LENGTH = 4000
"""Characters in one value (https://cloud.google.com/build/docs/build-config-file-schema#substitutions)."""


class Trigger(ResourceType):
    """Pushes to matching branches of one repository, pull requests to them, or messages, run an inline build as one account.

    A message's build has no source and no commit (https://cloud.google.com/build/docs/automate-builds-pubsub-events).

    Google renames a trigger in place; here another name means a replacement, because the id follows from it.
    """

    type = "gcp:cloudbuild/trigger:Trigger"
    api = "cloudbuild.googleapis.com"
    required = frozenset({"name", "build", "serviceAccount"})
    optional = frozenset(
        {
            "approvalConfig",
            "description",
            "ignoredFiles",
            "includeBuildLogs",
            "includedFiles",
            "substitutions",
            "pubsubConfig",
            "repositoryEventConfig",
            "tags",
        }
    )
    immutable = frozenset({"location", "name"})
    defaults = {"disabled": False, "location": "global"}

    def id(self, given: Properties) -> str:
        """Return Google's full name of it; Google chooses the last part, the twin derives it from the name."""
        return f"projects/{given['project']}/locations/{given['location']}/triggers/{self._number(given)}"

    def outputs(self, given: Properties) -> Properties:
        """Return the number."""
        return {"triggerId": self._number(given)}

    def faults(self, given: Properties) -> Iterator[Fault]:
        """Yield what no build could start with, and what the twin cannot do."""
        yield from build_faults(given["build"])
        yield from _substitutions("substitutions", given)
        if (given.get("repositoryEventConfig") is None) == (given.get("pubsubConfig") is None):
            yield Fault("repositoryEventConfig", "a trigger has a `repository_event_config` or a `pubsub_config`, and only one")
        yield from _events(given.get("repositoryEventConfig"))
        yield from _strangers("pubsubConfig", given.get("pubsubConfig"), frozenset({"topic"}))
        yield from _strangers("approvalConfig", given.get("approvalConfig"), frozenset({"approvalRequired"}))

    def check(self, store: Store, given: Properties) -> None:
        """Refuse an account or a repository that does not exist, or lies in another region."""
        require_account(store, given["serviceAccount"])
        if pool := dig(given, "build.options.workerPool"):
            _check_pool(store, pool, given["location"])
        if topic := dig(given, "pubsubConfig.topic"):
            require_topic(store, topic)
            return
        repository = dig(given, "repositoryEventConfig.repository")
        row = store.get(Repository.type, repository or "")
        if not row or not row.ready:
            raise Refused(f"repository {repository} does not exist", "create it in the same program and take its id from there")
        if row.inputs["location"] != given["location"]:
            raise Refused(
                f"repository {repository} is not in {given['location']}", "a trigger and its repository share one region"
            )

    def _number(self, given: Properties) -> str:
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{given['project']}/{given['location']}/{given['name']}"))


def _check_pool(store: Store, pool: str, location: str) -> None:
    """Refuse a pool of another region (https://cloud.google.com/build/docs/private-pools/run-builds-in-private-pool)."""
    if require_there(store, WorkerPool(), pool)["location"] != location:
        raise Refused(f"{pool} is not in {location}", "a trigger and its pool share one region")


def build_faults(build: Any) -> Iterator[Fault]:
    """Yield what a build could not start with, and what the twin cannot do; the build may be a trigger's or submitted."""
    given = {"build": build}
    yield from _strangers("build", build, BUILD)
    yield from _strangers("build.options", dig(given, "build.options"), OPTIONS)
    yield from _steps(dig(given, "build.steps"))
    yield from _substitutions("build.substitutions", given)
    yield from _durations("build", build)
    logging = dig(given, "build.options.logging")
    if known(logging) and logging not in LOGGED:
        either = " or ".join(sorted(LOGGED))
        yield Fault("build", f"a build under a service account of its own needs `options.logging`: {either}")


def _events(event: Any) -> Iterator[Fault]:
    where = "repositoryEventConfig"
    if not isinstance(event, Mapping):
        return  # not known yet
    yield from _strangers(where, event, EVENT)
    yield from _strangers(f"{where}.push", dig(event, "push"), PUSH)
    yield from _strangers(f"{where}.pullRequest", dig(event, "pullRequest"), PULL_REQUEST)
    branches = [
        branch for resource_type in ("push", "pullRequest") if (branch := dig(event, f"{resource_type}.branch")) is not None
    ]
    if len(branches) != 1:
        yield Fault(
            where, "`push.branch` or `pullRequest.branch` is required, and only one: the twin's triggers fire on branches"
        )
    elif known(branches[0]) and not _compiles(branches[0]):
        yield Fault(where, f"`{branches[0]}` is no regular expression")
    control = dig(event, "pullRequest.commentControl")
    if control is not None and known(control) and control not in CONTROLS:
        yield Fault(where, f"`pullRequest.commentControl` is `{control}`; it is one of {', '.join(sorted(CONTROLS))}")


def _strangers(where: str, given: Any, names: frozenset[str]) -> Iterator[Fault]:
    if isinstance(given, Mapping):
        for name in sorted(set(given) - names):
            yield Fault(
                where.partition(".")[0],
                f"the twin cannot do `{where}.{name}` of Cloud Build; it knows {', '.join(sorted(names))}",
            )


def _steps(steps: Any) -> Iterator[Fault]:
    if steps is None or steps == []:
        yield Fault("build", "a build needs at least one step")
    for index, step in enumerate(steps if isinstance(steps, list) else []):
        where = f"build.steps[{index}]"
        yield from _strangers(where, step, STEP)
        if isinstance(step, Mapping):
            yield from _durations(where, step)
            if not step.get("name"):
                yield Fault("build", f"`{where}.name`, the image that the step runs in, is required")
            if step.get("script") and (step.get("args") or step.get("entrypoint")):
                yield Fault("build", f"`{where}` has a script and arguments or an entrypoint; Cloud Build takes one or the other")


def _durations(where: str, given: Any) -> Iterator[Fault]:
    timeout = dig(given, "timeout")
    if timeout is not None and known(timeout) and not DURATION.fullmatch(timeout):
        yield Fault("build", f"`{where}.timeout` is `{timeout}`; write seconds, such as 600s")


def _substitutions(where: str, given: Properties) -> Iterator[Fault]:
    values = dig(given, where)
    for name, value in (values if isinstance(values, Mapping) else {}).items():
        if not SUBSTITUTION.fullmatch(name):
            yield Fault(where.partition(".")[0], f"`{name}` is no name of a substitution: it must match {SUBSTITUTION.pattern}")
        if len(str(value)) > SUBSTITUTION_LENGTH:
            yield Fault(where.partition(".")[0], f"the value of {name} is longer than {SUBSTITUTION_LENGTH} characters")


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True
