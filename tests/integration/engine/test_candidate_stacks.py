"""Candidates' stacks on the real engine: brought about, again, after a kill, side by side, and gone without a trace."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from groundwork.contract.deployment import Deployment
from groundwork.contract.factory_settings import Chain, Settings
from groundwork.environment import names
from groundwork.ports.stacks import Stacks
from groundwork.twin import lifecycle
from groundwork.twin.core import shell
from groundwork.twin.core.store import Store
from groundwork.twin.interfaces.pulumi.candidate_stacks import twin_stacks
from groundwork.twin.registry import RESOURCE_TYPES
from stacks.candidate import program
from stacks.row_writer import PERMISSIONS

pytestmark = [pytest.mark.engine]

CHECKOUT = Path(__file__).parents[3]
PROJECT = "northwind-ml-dev"
TABLE = "gcp:bigquery/table:Table"
GRANT = "gcp:projects/iAMMember:IAMMember"
SHOWN = ["accuracy", "forecasts", "writer-runner"]


def _email(account: str) -> str:
    return f"{account}@{PROJECT}.iam.gserviceaccount.com"


def _settings() -> dict[str, Any]:
    place = Deployment(
        name="forecasting", pipeline="forecasting", project=PROJECT, region="europe-west2", dataset=f"{PROJECT}.forecasting",
        raw=f"{PROJECT}.raw", artifacts="gs://artifacts", runner=_email("factory"), topic=f"projects/{PROJECT}/topics/news",
        owners=("ada@northwind.example",), holdout_weeks=12,
    )  # fmt: skip
    settings = Settings(
        environment="dev", labels={"client": "northwind"}, repository="https://github.com/northwind/forecasting.git",
        git_provider_secret="", chain=Chain(branches=("feature/*", "main"), own_branches=("feature/*",)), reviewers=(),
        remind_days=3, expire_days=14, deployment=place, training_views=f"{PROJECT}.training_views", candidates="gs://candidates",
        records="gs://records", ledger="gs://ledger", identities=(), cooldown_minutes=0,
        identity=_email("factory"), image="image:1",
        images="images", gate={}, schedule=None,
    )  # fmt: skip
    return settings.model_dump(mode="json")


def _arguments(candidate: str, identity: str = "candidate-01") -> dict[str, Any]:
    return {"candidate": candidate, "identity": _email(identity), "settings": _settings()}


def _program(candidate: str, identity: str = "candidate-01") -> Callable[[], None]:
    return program(_arguments(candidate, identity))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Return a twin with the APIs and the identities that an environment's `up` would have made."""
    made = shell.make(tmp_path_factory.mktemp("candidates") / "twin")
    given: list[tuple[str, dict[str, Any]]] = [
        ("gcp:projects/service:Service", {"service": f"{api}.googleapis.com"}) for api in ("iam", "bigquery")
    ]
    given += [("gcp:serviceaccount/account:Account", {"accountId": id_}) for id_ in ("factory", "candidate-01", "candidate-02")]
    writes = {"roleId": names.ROW_WRITER, "title": "Writes rows", "permissions": list(PERMISSIONS)}
    given.append(("gcp:projects/iAMCustomRole:IAMCustomRole", writes))
    factory = f"serviceAccount:{_email('factory')}"
    given += [(GRANT, {"role": role, "member": factory}) for role in ("roles/bigquery.user", "roles/cloudbuild.builds.editor")]
    for resource_type, inputs in given:
        lifecycle.create(made, RESOURCE_TYPES[resource_type], lifecycle.completed(RESOURCE_TYPES[resource_type], inputs, PROJECT))
    return made


@pytest.fixture(scope="module")
def stacks(store: Store) -> Stacks:
    """Return them as the factory sees them: what it was not granted the engine is refused."""
    return twin_stacks(store, _email("factory"))


def _datasets(store: Store) -> list[str]:
    return sorted(path.name for path in (store.root / "warehouse" / PROJECT).glob("*"))


def _of(store: Store, stack: str) -> list[str]:
    """Return whatever a twin has on its disk and in its records under a stack's name."""
    dataset = stack.replace("-", "_")
    places = [store.root / "state", store.root / "warehouse"]
    files = [str(path) for place in places for path in place.rglob("*") if stack in path.name or dataset in path.name]
    return files + [
        id_ for resource_type in RESOURCE_TYPES for id_, _ in store.all(resource_type, unfinished=True) if dataset in id_
    ]


def test_a_stack_stands_is_the_same_again_and_goes_without_a_trace(store: Store, stacks: Stacks) -> None:
    stack = "forecasting-00000000000a"
    made = stacks.up(stack, PROJECT, _program(stack))

    told = Deployment.model_validate_json(json.dumps(made.outputs["deployment"]))
    assert (f"{PROJECT}.forecasting_00000000000a", _email("candidate-01")) == (told.dataset, told.runner)
    assert sorted([stack, *(f"{stack}-{name}" for name in SHOWN)]) == sorted(name for _, name in made.resources)
    assert stacks.leftovers(stack)

    assert made == stacks.up(stack, PROJECT, _program(stack))

    stacks.remove(stack)
    assert ([], []) == (stacks.leftovers(stack), _of(store, stack))
    stacks.remove(stack)


def test_what_never_was_leaves_nothing_and_is_removed(stacks: Stacks) -> None:
    stacks.remove("forecasting-00000000000b")

    assert stacks.leftovers("forecasting-00000000000b") == []


def test_two_stand_beside_each_other_and_one_goes_alone(store: Store, stacks: Stacks) -> None:
    candidates = {"forecasting-00000000000c": "candidate-01", "forecasting-00000000000d": "candidate-02"}
    with ThreadPoolExecutor(2) as pool:
        made = dict(
            zip(candidates, pool.map(lambda each: stacks.up(each[0], PROJECT, _program(*each)), candidates.items()), strict=True)
        )

    assert {name: _email(who) for name, who in candidates.items()} == {
        name: each.outputs["deployment"]["runner"] for name, each in made.items()
    }
    gone, stays = candidates
    stacks.remove(gone)
    assert ([], ["forecasting_00000000000d"]) == (_of(store, gone), _datasets(store))
    stacks.remove(stays)
    assert _of(store, stays) == []


UP = """
import json, sys
from groundwork.twin.interfaces.pulumi.candidate_stacks import twin_stacks
from groundwork.twin.core.store import Store
from pathlib import Path
from stacks.candidate import program
given = json.loads(sys.argv[2])
twin_stacks(Store(Path(sys.argv[1])), sys.argv[3]).up(given["candidate"], "northwind-ml-dev", program(given))
"""


def _up(store: Store, arguments: Mapping[str, Any], identity: str = "factory") -> list[str]:
    """Return the command that brings a candidate's stack about, as an identity."""
    return [sys.executable, "-c", UP, str(store.root), json.dumps(arguments), _email(identity)]


def test_a_program_that_cannot_be_brought_about_is_a_conflict_in_the_engine_s_words(store: Store, stacks: Stacks) -> None:
    """In a process of its own: Pulumi's SDK leaves the event loop of a program on which the engine gave up, and that warns."""
    stack = "forecasting-00000000000e"
    done = subprocess.run(_up(store, _arguments(stack, "nobody-here")), cwd=CHECKOUT, capture_output=True, text=True, check=False)

    assert "Conflict: Pulumi failed on the stack `forecasting-00000000000e`:" in done.stderr
    assert "service account nobody-here@northwind-ml-dev.iam.gserviceaccount.com does not exist" in done.stderr
    stacks.remove(stack)
    assert _of(store, stack) == []


def test_without_the_grant_to_make_datasets_the_engine_is_refused_by_the_permission_s_name(store: Store) -> None:
    """The grant by which the factory owns what it makes; whoever has another may run the engine, and gets no further."""
    stack, starter = "forecasting-0000000000ff", f"serviceAccount:{_email('candidate-02')}"
    member = lifecycle.completed(RESOURCE_TYPES[GRANT], {"role": "roles/cloudbuild.builds.editor", "member": starter}, PROJECT)
    lifecycle.create(store, RESOURCE_TYPES[GRANT], member)
    done = subprocess.run(
        _up(store, _arguments(stack), "candidate-02"), cwd=CHECKOUT, capture_output=True, text=True, check=False
    )

    assert f"{_email('candidate-02')} lacks bigquery.datasets.create on projects/{PROJECT}" in done.stderr
    twin_stacks(store, _email("candidate-02")).remove(stack)
    assert _of(store, stack) == []


def _killed(store: Store, stack: str, *, whole: bool) -> None:
    """Kill an `up` whose create of a table has been done, of which the engine has not heard; `whole`: with all its processes."""
    place = f"projects/{PROJECT}/datasets/{stack.replace('-', '_')}/tables/accuracy"
    with store.lock(TABLE, place):
        process = subprocess.Popen(
            _up(store, _arguments(stack)), cwd=CHECKOUT, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        pending = _until(lambda: next((one for one in _pending(store, stack) if one["urn"].endswith("accuracy")), None))
        given = lifecycle.completed(RESOURCE_TYPES[TABLE], pending["inputs"], PROJECT)
        RESOURCE_TYPES[TABLE].apply(store, given)
        store.put(TABLE, place, given, ready=True)
        (os.killpg if whole else os.kill)(process.pid, signal.SIGKILL)
        process.wait()


def _pending(store: Store, stack: str) -> list[dict[str, Any]]:
    try:
        text = (store.root / f"state/.pulumi/stacks/groundwork-candidate/{stack}.json").read_text()
        latest = json.loads(text)["checkpoint"].get("latest") or {}  # a stack that was just made has none
    except (OSError, ValueError):
        return []
    return [operation["resource"] for operation in latest.get("pending_operations") or []]


def _until(what: Callable[[], Any]) -> Any:
    end = time.monotonic() + 60
    while not (found := what()):
        assert time.monotonic() < end, "it did not come to that in a minute"
        time.sleep(0.02)
    return found


@pytest.mark.deep
@pytest.mark.parametrize("whole", [True, False], ids=["with-all-its-processes", "alone"])
def test_one_that_was_killed_is_brought_about_by_the_next(store: Store, stacks: Stacks, whole: bool) -> None:  # noqa: FBT001  a parameter
    stack = f"forecasting-00000000001{int(whole)}"
    _killed(store, stack, whole=whole)

    made = stacks.up(stack, PROJECT, _program(stack))
    assert sorted([stack, *(f"{stack}-{name}" for name in SHOWN)]) == sorted(name for _, name in made.resources)
    assert _pending(store, stack) == []
    stacks.remove(stack)
    assert _of(store, stack) == []


@pytest.mark.deep
@pytest.mark.parametrize("whole", [True, False], ids=["with-all-its-processes", "alone"])
def test_one_that_was_killed_goes_without_a_trace(store: Store, stacks: Stacks, whole: bool) -> None:  # noqa: FBT001  as above
    stack = f"forecasting-00000000002{int(whole)}"
    _killed(store, stack, whole=whole)

    stacks.remove(stack)
    assert ([], []) == (stacks.leftovers(stack), _of(store, stack))


@pytest.mark.deep
def test_what_a_killed_removal_left_is_no_obstacle(store: Store, stacks: Stacks) -> None:
    """The engine takes a state away before its history: a kill in between leaves files of a stack that is not there."""
    stack = "forecasting-00000000000f"
    stacks.up(stack, PROJECT, _program(stack))
    stacks.remove(stack)
    state = store.root / "state/.pulumi"
    for part in ("history", "backups", "locks/organization"):
        folder = state / part / "groundwork-candidate" / stack
        folder.mkdir()
        (folder / f"{stack}.json").write_text("{}")

    assert len(stacks.leftovers(stack)) == 3
    stacks.up(stack, PROJECT, _program(stack))
    stacks.remove(stack)
    assert _of(store, stack) == []
