"""What every `Runner` does."""

# No `from __future__ import annotations`: kfp reads the annotations of components.
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from kfp import dsl  # type: ignore[import-untyped]  # kfp has no types

from groundwork.ports.errors import Absent, Conflict, Denied
from groundwork.ports.runner import Run, new_run

if TYPE_CHECKING:
    from tests.contract.conftest import World

component = dsl.component(base_image="python:3.11", install_kfp_package=False)


@component  # type: ignore[untyped-decorator]  # as above
def make(rows: int, made: dsl.Output[dsl.Dataset], quality: dsl.Output[dsl.Metrics]) -> str:
    """Write a file, say so in three ways."""
    import json  # noqa: PLC0415  a component runs in a process of its own
    import os  # noqa: PLC0415
    from pathlib import Path  # noqa: PLC0415

    print(json.dumps({"event": "made", "level": "warning", "rows": rows}))  # noqa: T201  what steps print is the test
    print("in plain words\x1b[31m, in red\x1b[0m")  # noqa: T201
    Path(made.path).write_text("x" * rows)
    quality.log_metric("rows", rows)
    return os.environ.get("GROUNDWORK_IDENTITY", "nobody")


@component  # type: ignore[untyped-decorator]  # as above
def use(made: dsl.Input[dsl.Dataset], who: str) -> None:
    """Read the file, and ask the platform as it finds it."""
    from pathlib import Path  # noqa: PLC0415  a component runs in a process of its own

    import groundwork  # noqa: PLC0415

    assert Path(made.path).read_text() == "xxxx"
    groundwork.connect().runner.runs()
    print(f"as {who}")  # noqa: T201


@component  # type: ignore[untyped-decorator]  # as above
def fail(made: dsl.Input[dsl.Dataset]) -> None:  # noqa: ARG001  it makes the order
    """Fail with an error of two lines."""
    message = "the numbers are wrong\nhint: put them right"
    raise ValueError(message)


@component  # type: ignore[untyped-decorator]  # as above
def end(status: dsl.PipelineTaskFinalStatus) -> None:
    """Say how it went."""
    print(f"it {status.state}")  # noqa: T201


@component  # type: ignore[untyped-decorator]  # as above
def turn(number: int) -> None:
    """Take one turn of a loop."""
    print(f"turn {number}")  # noqa: T201


@dsl.pipeline(name="succeeding")  # type: ignore[untyped-decorator]  # as above
def succeeding(rows: int = 4) -> None:
    """Two steps."""
    first = make(rows=rows)
    use(made=first.outputs["made"], who=first.outputs["Output"])


@dsl.pipeline(name="failing")  # type: ignore[untyped-decorator]  # as above
def failing() -> None:
    """A failure between two steps, and an exit handler."""
    with dsl.ExitHandler(end()):
        first = make(rows=4)
        failed = fail(made=first.outputs["made"])
        use(made=first.outputs["made"], who="nobody").after(failed)


@dsl.pipeline(name="branching")  # type: ignore[untyped-decorator]  # as above
def branching(many: bool = False) -> None:  # noqa: FBT001, FBT002  kfp wants parameters flat
    """A loop, and a branch that is not taken."""
    with dsl.ParallelFor([10, 20, 30]) as number:
        turn(number=number)
    with dsl.If(many == True):  # noqa: E712  kfp reads the comparison
        make(rows=1)


@pytest.fixture
def bucket(world: "World") -> str:
    return world.make_bucket("northwind-forecasting-artifacts")


@pytest.fixture
def runner_account(world: "World", bucket: str) -> str:
    on_project = ("roles/cloudbuild.builds.viewer", "roles/logging.logWriter")  # the first for what a step asks of the platform
    roles = {"roles/storage.objectUser": f"buckets/{bucket}", **dict.fromkeys(on_project, f"projects/{world.project}")}
    return world.make_account("forecasting-runner", roles)


def start(world: "World", pipeline: Any, bucket: str, *, identity: str | None = None, **arguments: Any) -> Run:
    run = new_run(pipeline.name)
    runner = world.platform(identity).runner
    return runner.run(pipeline, arguments, run=run, deployment="forecasting", root=f"gs://{bucket}/runs/{run}")


def test_a_run_is_on_record_with_its_steps(
    world: "World", bucket: str, runner_account: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GROUNDWORK_BUILD", "build-1")
    run = start(world, succeeding, bucket, identity=runner_account, rows=4)
    assert (run.status, run.error, run.build, run.pipeline, run.deployment) == (
        "succeeded",
        "",
        "build-1",
        "succeeding",
        "forecasting",
    )
    assert [(step.name, step.status, step.seconds > 0) for step in run.steps] == [
        ("make", "succeeded", True),
        ("use", "succeeded", True),
    ]
    assert run.ended
    assert run.ended > run.started
    assert world.platform().runner.runs() == [run]
    assert capsys.readouterr().out == ""


def test_steps_act_as_the_identity_of_the_run(world: "World", bucket: str, runner_account: str) -> None:
    run = start(world, succeeding, bucket, identity=runner_account)
    assert f"as {runner_account}" in [record["event"] for record in world.platform().runner.log(run.id)]


def test_output_artifacts_lie_below_the_root(world: "World", bucket: str) -> None:
    run = start(world, succeeding, bucket)
    assert list(run.artifacts) == ["make.made"]
    assert run.artifacts["make.made"].startswith(f"gs://{bucket}/runs/{run.id}/")
    assert world.platform().objects.cat_file(run.artifacts["make.made"]) == b"xxxx"


def test_what_steps_print_is_in_the_log_with_time_level_and_step(world: "World", bucket: str) -> None:
    log = world.platform().runner.log(start(world, succeeding, bucket).id)
    assert all({"time", "level", "step", "event"} <= record.keys() for record in log)
    said = [(record["step"], record["level"], record["event"]) for record in log if record["level"] != "debug"]
    assert said == [
        ("", "info", "run started"), ("make", "info", "step started"), ("make", "warning", "made"),
        ("make", "info", "in plain words, in red"), ("make", "info", "step succeeded"), ("use", "info", "step started"),
        ("use", "info", "as nobody"), ("use", "info", "step succeeded"), ("", "info", "run succeeded"),
    ]  # fmt: skip
    assert [record["rows"] for record in log if record["event"] == "made"] == [4]


def test_a_failing_step_fails_the_run_and_says_which_and_why(world: "World", bucket: str) -> None:
    run = start(world, failing, bucket)
    assert (run.status, run.error) == ("failed", "fail: ValueError: the numbers are wrong\nhint: put them right")
    assert {step.name: step.status for step in run.steps} == {
        "make": "succeeded",
        "fail": "failed",
        "end": "succeeded",
        "use": "skipped",
    }
    assert world.platform().runner.runs() == [run]
    events = [(record["level"], record["step"], record["event"]) for record in world.platform().runner.log(run.id)]
    assert ("info", "fail", "ValueError: the numbers are wrong") in events
    assert ("error", "fail", "step failed") in events
    assert ("info", "end", "it FAILED") in events


def test_turns_of_a_loop_are_steps_and_a_branch_not_taken_is_skipped(world: "World", bucket: str) -> None:
    run = start(world, branching, bucket)
    assert {step.name: step.status for step in run.steps} == {
        "turn-0": "succeeded", "turn-1": "succeeded", "turn-2": "succeeded", "make": "skipped",
    }  # fmt: skip
    log = world.platform().runner.log(run.id)
    said = {record["step"]: record["event"] for record in log if record["event"].startswith("turn")}
    assert said == {"turn-0": "turn 10", "turn-1": "turn 20", "turn-2": "turn 30"}


def test_a_run_leaves_print_as_it_was(world: "World", bucket: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The twin's runner is kfp's, whose parallel tasks each put an indented one in its place, and the one before them back."""
    start(world, branching, bucket)
    print("not indented")  # noqa: T201  what is printed is the test
    assert capsys.readouterr().out == "not indented\n"


def test_arguments_that_the_pipeline_does_not_take_fail_the_run(world: "World", bucket: str) -> None:
    run = start(world, succeeding, bucket, nothing=1)
    assert run.status == "failed"
    assert 'unexpected keyword argument "nothing"' in run.error
    assert {step.status for step in run.steps} == {"skipped"}


def test_runs_are_listed_newest_first(world: "World", bucket: str) -> None:
    runs = [start(world, branching, bucket), start(world, succeeding, bucket)]
    assert [run.id for run in world.platform().runner.runs()] == [run.id for run in reversed(runs)]


def test_a_run_name_is_used_once(world: "World", bucket: str) -> None:
    run = start(world, succeeding, bucket)
    with pytest.raises(Conflict, match=run.id):
        world.platform().runner.run(succeeding, {}, run=run.id, deployment="forecasting", root=f"gs://{bucket}/runs/again")
    assert world.platform().runner.runs() == [run]


def test_a_run_that_is_not_there_is_absent(world: "World") -> None:
    with pytest.raises(Absent, match="`gone`"):
        world.platform().runner.log("gone")


def test_without_a_bucket_nothing_runs(world: "World") -> None:
    with pytest.raises(Absent, match="northwind-gone"):
        start(world, succeeding, "northwind-gone")
    assert world.platform().runner.runs() == []


@pytest.mark.parametrize("root", ["", "/tmp/x", "gs://", "gs://../x", "gs://northwind-x/../y", "gs://northwind-x/./y"])  # noqa: S108  refused
def test_a_root_that_is_no_place_in_a_bucket_is_a_conflict(world: "World", root: str) -> None:
    with pytest.raises(Conflict):
        world.platform().runner.run(succeeding, {}, run="r-1", deployment="forecasting", root=root)


def test_who_may_not_write_artifacts_cannot_run(world: "World", bucket: str) -> None:
    nobody = world.make_account("nobody-here")
    with pytest.raises(Denied, match=rf"{nobody} lacks storage\.objects\.create on buckets/{bucket}"):
        start(world, succeeding, bucket, identity=nobody)
    assert world.platform().runner.runs() == []


WAITING = """
import sys
from kfp import dsl
import groundwork

@dsl.component(base_image="python:3.11", install_kfp_package=False)
def wait():
    import time
    print("waiting")
    time.sleep(60)

@dsl.pipeline(name="waiting")
def waiting():
    wait()

groundwork.connect(sys.argv[1]).runner.run(waiting, {}, run="waiting-1", deployment="forecasting", root=sys.argv[2])
"""


def test_a_run_whose_process_was_killed_is_interrupted(world: "World", bucket: str, tmp_path: Path) -> None:
    script = tmp_path / "waiting.py"
    script.write_text(WAITING)
    root = f"gs://{bucket}/runs/waiting-1"
    with subprocess.Popen(
        [sys.executable, script, world.connection, root], start_new_session=True, stderr=subprocess.DEVNULL
    ) as process:
        try:
            _until_said(world, "waiting")
            assert [run.status for run in world.platform().runner.runs()] == ["running"]
        finally:
            os.killpg(process.pid, signal.SIGKILL)
    (run,) = world.platform().runner.runs()
    assert (run.status, run.error) == ("interrupted", "its process ended before the run did")


def _until_said(world: "World", event: str) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        runner = world.platform().runner
        if any(record["event"] == event for run in runner.runs() for record in runner.log(run.id)):
            return
        time.sleep(0.05)
    raise AssertionError(f"nobody said `{event}`")
