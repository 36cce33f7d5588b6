"""Builds that are submitted: one per key, as another identity, in an environment made from nothing; and ended on demand."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from groundwork.ports.builds import Build, Submission
from groundwork.ports.errors import Absent, Conflict, Denied
from groundwork.twin.cloudbuild import history
from groundwork.twin.cloudbuild.client import TwinBuilds
from groundwork.twin.cloudbuild.recover import recover
from groundwork.twin.core.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable

PROJECT = "northwind-ml-dev"
RUNNER = f"forecasting-runner@{PROJECT}.iam.gserviceaccount.com"
FACTORY = f"factory@{PROJECT}.iam.gserviceaccount.com"
REMOTE = "https://github.com/northwind/forecasting.git"
HIDES = "setsid sh -c 'env -i setsid sleep 600 & sleep 600' & echo going; sleep 600"


def submission(script: str = "echo hello", *, key: str = "k", commit: str = "", **substitutions: str) -> Submission:
    environment = [f"{name[1:]}=${name}" for name in substitutions]
    return Submission(
        key=key, project=PROJECT, region="europe-west2", repository=REMOTE, branch="feature/x", commit=commit,
        build={
            "steps": [{"id": "only", "name": "ubuntu", "script": script, "env": environment}],
            "options": {"logging": "CLOUD_LOGGING_ONLY"},
        },
        substitutions=substitutions, service_account=RUNNER,
    )  # fmt: skip


def grant(store: Store, kind: str, role: str, **on: str) -> None:
    full = f"projects/{PROJECT}/serviceAccounts/{FACTORY}"
    store.put(
        "gcp:serviceaccount/account:Account", full, {"accountId": "factory", "project": PROJECT, "disabled": False}, ready=True
    )
    store.put(kind, role, {"role": role, "member": f"serviceAccount:{FACTORY}", "project": PROJECT, **on}, ready=True)


@pytest.fixture
def store(world: Any) -> Store:
    account = f"projects/{PROJECT}/serviceAccounts/{RUNNER}"
    inputs = {"accountId": "forecasting-runner", "project": PROJECT, "disabled": False}
    world.store.put("gcp:serviceaccount/account:Account", account, inputs, ready=True)
    found: Store = world.store
    return found


def test_a_build_runs_on_its_commit_and_its_log_is_heard(world: Any, store: Store) -> None:
    world.commit({"a.txt": "mine\n"})
    world.push()
    heard: list[str] = []
    commit = world.git("rev-parse", "HEAD")
    made = TwinBuilds(store, None).submit(submission("cat a.txt", commit=commit), heard.append)
    assert (made.status, made.key, made.trigger, made.commit, made.service_account) == ("SUCCESS", "k", "", commit, RUNNER)
    assert 'Step #0 - "only": mine' in heard
    assert "\n".join(heard) + "\n" == TwinBuilds(store, None).log(made.id)


def test_a_build_without_a_source_begins_in_an_empty_folder(store: Store) -> None:
    heard: list[str] = []
    made = TwinBuilds(store, None).submit(submission("ls -A; pwd"), heard.append)
    assert made.status == "SUCCESS"
    assert [line for line in heard if 'Step #0 - "only":' in line][1:] == [
        f'Step #0 - "only": {history.workspace_path(store, made.id)}/checkout'
    ]


def test_values_of_strangers_are_not_filled_again(store: Store) -> None:
    nasty = "$(touch pwned) ${_OTHER} $$HOME `x` \u2028"
    heard: list[str] = []
    TwinBuilds(store, None).submit(submission('printf "%s\n" "<$SAID>"', _SAID=nasty), heard.append)
    assert 'Step #0 - "only": <$(touch pwned) ${_OTHER} $$HOME `x` >' in heard


def test_a_substitution_that_nobody_uses_is_a_mistake(store: Store) -> None:
    given = replace(submission("true"), substitutions={"_UNUSED": "1"})
    made = TwinBuilds(store, None).submit(given, lambda _: None)
    assert made.status == "FAILURE"
    assert "nothing in the build uses the substitution `_UNUSED`" in made.error


def test_nothing_of_the_submitter_reaches_the_steps(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    monkeypatch.setenv("PYTHONPATH", "/hush")
    monkeypatch.setenv("GROUNDWORK_IDENTITY", "hush")
    heard: list[str] = []
    made = TwinBuilds(store, None).submit(submission("env; tr '\\0' '\\n' < /proc/$PPID/environ"), heard.append)
    assert made.status == "SUCCESS"
    assert "hush" not in "\n".join(heard)
    assert f'Step #0 - "only": GROUNDWORK_IDENTITY={RUNNER}' in heard


@pytest.mark.parametrize(("script", "status"), [("echo once", "SUCCESS"), ("echo once; exit 3", "FAILURE")])
def test_what_has_its_result_is_not_built_again(store: Store, script: str, status: str) -> None:
    here = TwinBuilds(store, None)
    heard: list[str] = []
    first = here.submit(submission(script), lambda _: None)
    assert here.submit(submission(script), heard.append) == first
    assert first.status == status
    assert 'Step #0 - "only": once' in heard
    assert len(here.builds()) == 1
    with pytest.raises(Conflict, match="was submitted with commit none"):
        here.submit(submission(commit=_main(store)), lambda _: None)


def test_submissions_of_one_key_at_once_are_one_build(store: Store) -> None:
    made: list[Build] = []
    heard: list[list[str]] = [[] for _ in range(4)]

    def submit(number: int) -> None:
        made.append(TwinBuilds(Store(store.root), None).submit(submission("echo once; sleep 0.5"), heard[number].append))

    threads = [threading.Thread(target=submit, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {build.id for build in made} == {history.all_builds(store)[0].id}
    assert len(history.all_builds(store)) == 1
    assert all(lines == heard[0] for lines in heard)
    assert 'Step #0 - "only": once' in heard[0]


def test_a_cancelled_build_ends_with_all_its_processes_and_can_be_built_again(
    store: Store, eventually: Any, of_twin: Any, submitting: Callable[..., threading.Thread]
) -> None:
    thread = submitting(submission(HIDES))
    build = eventually(lambda: _going(store), "the step runs")
    cancelled = TwinBuilds(store, None).cancel(build.id)
    assert (cancelled.status, cancelled.error) == ("CANCELLED", "it was cancelled")
    assert TwinBuilds(store, None).cancel(build.id) == cancelled
    eventually(lambda: not of_twin(store), "all its processes are gone")
    thread.join()
    again = TwinBuilds(store, None).submit(submission("echo now"), lambda _: None)
    assert (again.status, again.id == build.id) == ("SUCCESS", False)
    assert TwinBuilds(store, None).cancel(again.id) == again


def test_a_killed_submitter_leaves_no_build_behind(store: Store, eventually: Any, of_twin: Any) -> None:
    code = (
        "import sys; from pathlib import Path; from groundwork.twin.core.store import Store\n"
        "from groundwork.twin.cloudbuild.client import TwinBuilds\n"
        "from tests.integration.builds.test_submit import submission, HIDES\n"
        "TwinBuilds(Store(Path(sys.argv[1])), None).submit(submission(HIDES), print)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(store.root)], stdout=subprocess.DEVNULL) as submitter:
        build = eventually(lambda: _going(store), "the step runs")
        submitter.kill()
    eventually(lambda: not of_twin(store), "its processes are gone")
    assert history.get_build(store, build.id).status == "CANCELLED"
    assert not list(store.root.glob("workspaces/*"))
    assert TwinBuilds(store, None).submit(submission("true"), lambda _: None).status == "SUCCESS"


def test_a_killed_build_counts_as_died_and_is_built_again(
    store: Store, eventually: Any, of_twin: Any, submitting: Callable[..., threading.Thread]
) -> None:
    thread = submitting(submission(HIDES))
    build = eventually(lambda: _going(store), "the step runs")
    (process,) = [each for each in of_twin(store) if "groundwork.twin.cloudbuild.submitted" in each.cmdline()]
    process.kill()
    thread.join()
    assert history.get_build(store, build.id).error == history.DIED
    again = TwinBuilds(store, None).submit(submission("true"), lambda _: None)
    assert (again.status, again.id == build.id) == ("SUCCESS", False)
    assert history.unfinished(store) == []
    assert recover(store) == []


def test_who_ends_a_build_ends_those_that_it_submitted(world: Any, store: Store, eventually: Any, of_twin: Any) -> None:
    code = (
        "from pathlib import Path; from groundwork.twin.core.store import Store\n"
        "from tests.integration.builds.test_submit import submission, HIDES\n"
        f"from groundwork.twin.cloudbuild.client import TwinBuilds; TwinBuilds(Store(Path({str(store.root)!r})), None)"
        ".submit(submission(HIDES), print)"
    )
    root = __file__.rpartition("/tests/")[0]
    world.trigger({"name": "python", "entrypoint": "python", "args": ["-c", code], "envs": [f"PYTHONPATH={root}"]})
    push = world.start_push("HEAD:refs/heads/feature/x")
    child = eventually(lambda: _going(store), "the inner step runs")
    (evaluate,) = (build for build in history.all_builds(store) if build.trigger)
    assert TwinBuilds(store, None).cancel(evaluate.id).status == "CANCELLED"
    assert history.get_build(store, child.id).status == "CANCELLED"
    assert history.unfinished(store) == []
    push.communicate(timeout=30)
    eventually(lambda: not of_twin(store), "its processes are gone")


def test_an_identity_builds_where_it_may_and_acts_as_whom_it_may(store: Store) -> None:
    here = TwinBuilds(store, FACTORY)
    with pytest.raises(Denied, match="does not exist"):
        here.submit(submission(), lambda _: None)
    grant(store, "gcp:projects/iAMMember:IAMMember", "roles/logging.logWriter")
    with pytest.raises(Denied, match=r"lacks cloudbuild\.builds\.create on projects/northwind-ml-dev"):
        here.submit(submission(), lambda _: None)
    grant(store, "gcp:projects/iAMMember:IAMMember", "roles/cloudbuild.builds.editor")
    with pytest.raises(Denied, match=r"lacks iam\.serviceAccounts\.actAs"):
        here.submit(submission(), lambda _: None)
    on = {"serviceAccountId": f"projects/{PROJECT}/serviceAccounts/{RUNNER}"}
    grant(store, "gcp:serviceaccount/iAMMember:IAMMember", "roles/iam.serviceAccountUser", **on)
    assert here.submit(submission(), lambda _: None).status == "SUCCESS"


VOLUME = {"name": "shared", "path": "/shared"}


def test_what_no_build_can_be_made_of_is_refused_before(store: Store) -> None:
    here = TwinBuilds(store, None)
    for given, error, reason in (
        (replace(submission(), key=""), Conflict, "no key"),
        (replace(submission(), build={"steps": [{"name": "x", "volumes": [VOLUME]}]}), Conflict, "volume"),
        (
            replace(submission(), build={"steps": [{"name": "x", "args": "hello"}]}),
            Conflict,
            "Cloud Build does not know its form",
        ),
        (replace(submission(), build={"steps": [{"name": "x", "args": ["$HOME"]}]}), Conflict, "`[$]HOME` is not a substitution"),
        (replace(submission(), service_account="gone@x"), Absent, "service account gone@x does not exist"),
        (submission(commit="--all"), Absent, "no commit '--all'"),
        (submission(commit="0" * 40), Absent, "no commit"),
        (replace(submission(commit="0" * 40), repository="x"), Absent, "is not the address of a repository"),
    ):
        with pytest.raises(error, match=reason):
            here.submit(given, lambda _: None)
    assert history.all_builds(store) == []


def test_a_twin_from_before_builds_were_submitted_goes_on(store: Store) -> None:
    store.records.execute("drop table if exists builds")
    store.records.execute(
        "create table builds (id text primary key, project text, trigger text, branch text, sha text, status text, "
        "service_account text, created text, finished text, steps text, error text, pid integer)"
    )
    made = TwinBuilds(store, None).submit(submission(), lambda _: None)
    assert TwinBuilds(store, None).builds() == [made]


@pytest.fixture
def submitting(store: Store) -> Callable[..., threading.Thread]:
    def start(given: Submission) -> threading.Thread:
        there = Store(store.root)
        thread = threading.Thread(target=lambda: TwinBuilds(there, None).submit(given, lambda _: None))
        thread.start()
        return thread

    return start


def _going(store: Store) -> Build | None:
    for build in history.all_builds(store):
        path = history.log_path(store, build.id)
        if build.key and path.exists() and "going" in path.read_text():
            return build
    return None


def _main(store: Store) -> str:
    return (store.root / "repositories/northwind/forecasting.git/refs/heads/main").read_text().strip()


@pytest.mark.parametrize(("status", "count"), [("INTERNAL_ERROR", 2), ("EXPIRED", 2), ("FAILURE", 1), ("TIMEOUT", 1)])
def test_what_the_platform_failed_at_is_built_again_and_what_failed_by_itself_is_not(
    store: Store, status: str, count: int
) -> None:
    first = TwinBuilds(store, None).submit(submission("true"), lambda _: None)
    history.update_build(store, first.id, status=status)
    last = TwinBuilds(store, None).submit(submission("true"), lambda _: None)
    assert (count, "SUCCESS" if count > 1 else status) == (len(history.all_builds(store)), last.status)
