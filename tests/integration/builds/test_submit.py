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
from groundwork.twin.core.store import Home

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


def grant(home: Home, kind: str, role: str, **on: str) -> None:
    full = f"projects/{PROJECT}/serviceAccounts/{FACTORY}"
    home.put(
        "gcp:serviceaccount/account:Account", full, {"accountId": "factory", "project": PROJECT, "disabled": False}, ready=True
    )
    home.put(kind, role, {"role": role, "member": f"serviceAccount:{FACTORY}", "project": PROJECT, **on}, ready=True)


@pytest.fixture
def home(world: Any) -> Home:
    account = f"projects/{PROJECT}/serviceAccounts/{RUNNER}"
    inputs = {"accountId": "forecasting-runner", "project": PROJECT, "disabled": False}
    world.home.put("gcp:serviceaccount/account:Account", account, inputs, ready=True)
    found: Home = world.home
    return found


def test_a_build_runs_on_its_commit_and_its_log_is_heard(world: Any, home: Home) -> None:
    world.commit({"a.txt": "mine\n"})
    world.push()
    heard: list[str] = []
    commit = world.git("rev-parse", "HEAD")
    made = TwinBuilds(home, None).submit(submission("cat a.txt", commit=commit), heard.append)
    assert (made.status, made.key, made.trigger, made.commit, made.service_account) == ("SUCCESS", "k", "", commit, RUNNER)
    assert 'Step #0 - "only": mine' in heard
    assert "\n".join(heard) + "\n" == TwinBuilds(home, None).log(made.id)


def test_a_build_without_a_source_begins_in_an_empty_folder(home: Home) -> None:
    heard: list[str] = []
    made = TwinBuilds(home, None).submit(submission("ls -A; pwd"), heard.append)
    assert made.status == "SUCCESS"
    assert [line for line in heard if 'Step #0 - "only":' in line][1:] == [
        f'Step #0 - "only": {history.workspace_path(home, made.id)}/checkout'
    ]


def test_values_of_strangers_are_not_filled_again(home: Home) -> None:
    nasty = "$(touch pwned) ${_OTHER} $$HOME `x` \u2028"
    heard: list[str] = []
    TwinBuilds(home, None).submit(submission('printf "%s\n" "<$SAID>"', _SAID=nasty), heard.append)
    assert 'Step #0 - "only": <$(touch pwned) ${_OTHER} $$HOME `x` >' in heard


def test_a_substitution_that_nobody_uses_is_a_mistake(home: Home) -> None:
    given = replace(submission("true"), substitutions={"_UNUSED": "1"})
    made = TwinBuilds(home, None).submit(given, lambda _: None)
    assert made.status == "FAILURE"
    assert "nothing in the build uses the substitution `_UNUSED`" in made.error


def test_nothing_of_the_submitter_reaches_the_steps(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    monkeypatch.setenv("PYTHONPATH", "/hush")
    monkeypatch.setenv("GROUNDWORK_IDENTITY", "hush")
    heard: list[str] = []
    made = TwinBuilds(home, None).submit(submission("env; tr '\\0' '\\n' < /proc/$PPID/environ"), heard.append)
    assert made.status == "SUCCESS"
    assert "hush" not in "\n".join(heard)
    assert f'Step #0 - "only": GROUNDWORK_IDENTITY={RUNNER}' in heard


@pytest.mark.parametrize(("script", "status"), [("echo once", "SUCCESS"), ("echo once; exit 3", "FAILURE")])
def test_what_has_its_result_is_not_built_again(home: Home, script: str, status: str) -> None:
    here = TwinBuilds(home, None)
    heard: list[str] = []
    first = here.submit(submission(script), lambda _: None)
    assert here.submit(submission(script), heard.append) == first
    assert first.status == status
    assert 'Step #0 - "only": once' in heard
    assert len(here.builds()) == 1
    with pytest.raises(Conflict, match="was submitted with commit none"):
        here.submit(submission(commit=_main(home)), lambda _: None)


def test_submissions_of_one_key_at_once_are_one_build(home: Home) -> None:
    made: list[Build] = []
    heard: list[list[str]] = [[] for _ in range(4)]

    def submit(number: int) -> None:
        made.append(TwinBuilds(Home(home.root), None).submit(submission("echo once; sleep 0.5"), heard[number].append))

    threads = [threading.Thread(target=submit, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {build.id for build in made} == {history.all_builds(home)[0].id}
    assert len(history.all_builds(home)) == 1
    assert all(lines == heard[0] for lines in heard)
    assert 'Step #0 - "only": once' in heard[0]


def test_a_cancelled_build_ends_with_all_its_processes_and_can_be_built_again(
    home: Home, eventually: Any, of_twin: Any, submitting: Callable[..., threading.Thread]
) -> None:
    thread = submitting(submission(HIDES))
    build = eventually(lambda: _going(home), "the step runs")
    cancelled = TwinBuilds(home, None).cancel(build.id)
    assert (cancelled.status, cancelled.error) == ("CANCELLED", "it was cancelled")
    assert TwinBuilds(home, None).cancel(build.id) == cancelled
    eventually(lambda: not of_twin(home), "all its processes are gone")
    thread.join()
    again = TwinBuilds(home, None).submit(submission("echo now"), lambda _: None)
    assert (again.status, again.id == build.id) == ("SUCCESS", False)
    assert TwinBuilds(home, None).cancel(again.id) == again


def test_a_killed_submitter_leaves_no_build_behind(home: Home, eventually: Any, of_twin: Any) -> None:
    code = (
        "import sys; from pathlib import Path; from groundwork.twin.core.store import Home\n"
        "from groundwork.twin.cloudbuild.client import TwinBuilds\n"
        "from tests.integration.builds.test_submit import submission, HIDES\n"
        "TwinBuilds(Home(Path(sys.argv[1])), None).submit(submission(HIDES), print)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(home.root)], stdout=subprocess.DEVNULL) as submitter:
        build = eventually(lambda: _going(home), "the step runs")
        submitter.kill()
    eventually(lambda: not of_twin(home), "its processes are gone")
    assert history.get_build(home, build.id).status == "CANCELLED"
    assert not list(home.root.glob("workspaces/*"))
    assert TwinBuilds(home, None).submit(submission("true"), lambda _: None).status == "SUCCESS"


def test_a_killed_build_counts_as_died_and_is_built_again(
    home: Home, eventually: Any, of_twin: Any, submitting: Callable[..., threading.Thread]
) -> None:
    thread = submitting(submission(HIDES))
    build = eventually(lambda: _going(home), "the step runs")
    (process,) = [each for each in of_twin(home) if "groundwork.twin.cloudbuild.submitted" in each.cmdline()]
    process.kill()
    thread.join()
    assert history.get_build(home, build.id).error == history.DIED
    again = TwinBuilds(home, None).submit(submission("true"), lambda _: None)
    assert (again.status, again.id == build.id) == ("SUCCESS", False)
    assert history.unfinished(home) == []
    assert recover(home) == []


def test_who_ends_a_build_ends_those_that_it_submitted(world: Any, home: Home, eventually: Any, of_twin: Any) -> None:
    code = (
        "from pathlib import Path; from groundwork.twin.core.store import Home\n"
        "from tests.integration.builds.test_submit import submission, HIDES\n"
        f"from groundwork.twin.cloudbuild.client import TwinBuilds; TwinBuilds(Home(Path({str(home.root)!r})), None)"
        ".submit(submission(HIDES), print)"
    )
    root = __file__.rpartition("/tests/")[0]
    world.trigger({"name": "python", "entrypoint": "python", "args": ["-c", code], "envs": [f"PYTHONPATH={root}"]})
    push = world.start_push("HEAD:refs/heads/feature/x")
    child = eventually(lambda: _going(home), "the inner step runs")
    (judge,) = (build for build in history.all_builds(home) if build.trigger)
    assert TwinBuilds(home, None).cancel(judge.id).status == "CANCELLED"
    assert history.get_build(home, child.id).status == "CANCELLED"
    assert history.unfinished(home) == []
    push.communicate(timeout=30)
    eventually(lambda: not of_twin(home), "its processes are gone")


def test_an_identity_builds_where_it_may_and_acts_as_whom_it_may(home: Home) -> None:
    here = TwinBuilds(home, FACTORY)
    with pytest.raises(Denied, match="does not exist"):
        here.submit(submission(), lambda _: None)
    grant(home, "gcp:projects/iAMMember:IAMMember", "roles/logging.logWriter")
    with pytest.raises(Denied, match=r"lacks cloudbuild\.builds\.create on projects/northwind-ml-dev"):
        here.submit(submission(), lambda _: None)
    grant(home, "gcp:projects/iAMMember:IAMMember", "roles/cloudbuild.builds.editor")
    with pytest.raises(Denied, match=r"lacks iam\.serviceAccounts\.actAs"):
        here.submit(submission(), lambda _: None)
    on = {"serviceAccountId": f"projects/{PROJECT}/serviceAccounts/{RUNNER}"}
    grant(home, "gcp:serviceaccount/iAMMember:IAMMember", "roles/iam.serviceAccountUser", **on)
    assert here.submit(submission(), lambda _: None).status == "SUCCESS"


VOLUME = {"name": "shared", "path": "/shared"}


def test_what_no_build_can_be_made_of_is_refused_before(home: Home) -> None:
    here = TwinBuilds(home, None)
    for given, error, reason in (
        (replace(submission(), key=""), Conflict, "no key"),
        (replace(submission(), build={"steps": [{"name": "x", "volumes": [VOLUME]}]}), Conflict, "volume"),
        (replace(submission(), build={"steps": [{"name": "x", "args": "hello"}]}), Conflict, "it is none of Cloud Build's"),
        (replace(submission(), build={"steps": [{"name": "x", "args": ["$HOME"]}]}), Conflict, "`[$]HOME` is no substitution"),
        (replace(submission(), service_account="gone@x"), Absent, "service account gone@x does not exist"),
        (submission(commit="--all"), Absent, "no commit '--all'"),
        (submission(commit="0" * 40), Absent, "no commit"),
        (replace(submission(commit="0" * 40), repository="x"), Absent, "no repository's address"),
    ):
        with pytest.raises(error, match=reason):
            here.submit(given, lambda _: None)
    assert history.all_builds(home) == []


def test_a_twin_from_before_builds_were_submitted_goes_on(home: Home) -> None:
    home.records.execute("drop table if exists builds")
    home.records.execute(
        "create table builds (id text primary key, project text, trigger text, branch text, sha text, status text, "
        "service_account text, created text, finished text, steps text, error text, pid integer)"
    )
    made = TwinBuilds(home, None).submit(submission(), lambda _: None)
    assert TwinBuilds(home, None).builds() == [made]


@pytest.fixture
def submitting(home: Home) -> Callable[..., threading.Thread]:
    def start(given: Submission) -> threading.Thread:
        there = Home(home.root)
        thread = threading.Thread(target=lambda: TwinBuilds(there, None).submit(given, lambda _: None))
        thread.start()
        return thread

    return start


def _going(home: Home) -> Build | None:
    for build in history.all_builds(home):
        path = history.log_path(home, build.id)
        if build.key and path.exists() and "going" in path.read_text():
            return build
    return None


def _main(home: Home) -> str:
    return (home.root / "repositories/northwind/forecasting.git/refs/heads/main").read_text().strip()


@pytest.mark.parametrize(("status", "count"), [("INTERNAL_ERROR", 2), ("EXPIRED", 2), ("FAILURE", 1), ("TIMEOUT", 1)])
def test_what_the_platform_failed_at_is_built_again_and_what_failed_by_itself_is_not(home: Home, status: str, count: int) -> None:
    first = TwinBuilds(home, None).submit(submission("true"), lambda _: None)
    history.update_build(home, first.id, status=status)
    last = TwinBuilds(home, None).submit(submission("true"), lambda _: None)
    assert (count, "SUCCESS" if count > 1 else status) == (len(history.all_builds(home)), last.status)
