"""One candidate stops nobody else: whatever it does to the process that moves it, and however often."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from groundwork.errors import GroundworkError
from groundwork.factory import audit
from groundwork.factory import child_process as child_process_module
from groundwork.factory.child_process import BROKE, KILLED, REFUSED, run_child_process
from groundwork.factory.ledger import Ledger
from groundwork.factory.machine import Done, Rejected
from groundwork.factory.promotion_log import CRASHES, PromotionLog
from groundwork.factory.reconcile import Reconciliation
from groundwork.factory.step_context import StepContext
from groundwork.factory.steps import gate as gate_step
from tests.unit.factory.clock import Killed
from tests.unit.factory.promoted import COMMIT, Story, in_development, in_memory, push
from tests.unit.factory.world import LEDGER

ID, OTHERS = "forecasting-0123456789ab", [f"forecasting-{digit * 12}" for digit in "123456"]
WAITING = "waiting for review"


@pytest.fixture(autouse=True)
def _in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    in_memory(monkeypatch)


@pytest.fixture
def story() -> Story:
    """Return one with seven branches, whose events were all lost, and identities for all of them."""
    made = in_development(approved=None)
    made.outlives = True
    pool = tuple(f"candidate-0{number}@p.iam.gserviceaccount.com" for number in range(8))
    made.settings = made.settings.model_copy(update={"identities": pool})
    made.world.git_provider.heads["feature/x"] = COMMIT
    made.world.git_provider.heads |= {f"feature/{id_[-1]}": id_[-12:] + "0" * 28 for id_ in OTHERS}
    return made


def at_the_gate(monkeypatch: pytest.MonkeyPatch, does: Callable[[], None]) -> None:
    """Have something happen whenever one candidate is measured."""

    really = gate_step.run

    def measured(context: StepContext, promotion_log: PromotionLog) -> Done | Rejected:
        if context.candidate.id == ID:
            does()
        return really(context, promotion_log)

    monkeypatch.setattr(gate_step, "run", measured)


def raises(error: BaseException) -> Callable[[], None]:
    def does() -> None:
        raise error

    return does


def states(story: Story) -> dict[str, str]:
    return {id_: state for id_, (state, _) in story.ends().items()}


@pytest.mark.parametrize("error", [Killed(), RecursionError("too deep"), ValueError("a bug"), MemoryError()])
def test_whatever_happens_to_one_the_others_have_their_turn_in_the_same_reconciliation(
    story: Story, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    at_the_gate(monkeypatch, raises(error))
    story.reconcile()
    assert {WAITING} == {state for id_, state in states(story).items() if id_ in OTHERS}
    assert len(OTHERS) + 1 == len(states(story))


def test_one_that_kills_its_process_fails_after_so_many_and_leaves_nothing(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    for branch in [branch for branch in story.world.git_provider.heads if branch not in {"feature/x", "main", "release"}]:
        del story.world.git_provider.heads[branch]
    before = story.world.live
    crashes: list[int] = []

    def dies() -> None:
        crashes.append(1)
        raise Killed

    at_the_gate(monkeypatch, dies)
    for _ in range(CRASHES + 3):
        story.reconcile()

    assert ({ID: "failed"}, before) == (states(story), story.world.live)
    assert 1 + CRASHES == len(crashes), "the push that began it, and as many that took it over"
    reason = next(record["reason"] for record in records(story) if record["type"] == "outcome_decided")
    assert f"gate: its runner crashed {CRASHES} times" in reason
    assert [] == audit.verify(story.world.objects, LEDGER)


def test_crashes_are_counted_before_anything_is_tried(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the whole build dies, and nobody is left to count."""
    story.outlives = False
    at_the_gate(monkeypatch, raises(Killed()))
    for number in range(1, CRASHES + 1):
        story.attempt(Story.reconcile)
        assert number - 1 == len([record for record in records(story) if record["type"] == "claimed"])


def test_one_that_dies_while_it_rested_is_counted_by_the_process_beside_it(story: Story) -> None:
    push("feature/x", COMMIT)(story)
    assert "waiting" == records(story)[-1]["type"]
    promotions = story.factory()
    promotions.crashed(ID)
    promotions.crashed(ID)
    assert ["waiting", "claimed"] == [record["type"] for record in records(story)[-2:]]


def test_a_runner_that_reports_an_error_has_not_crashed(story: Story) -> None:
    """A reminder that cannot be sent, for a week, fails nothing."""
    push("feature/x", COMMIT)(story)
    for _ in range(CRASHES + 2):
        story.world.clock.down = "git_provider.decision"
        story.reconcile()
    story.world.clock.down = None
    story.reconcile()
    assert WAITING == states(story)[ID]


def test_a_rollback_that_kills_its_process_is_left_to_a_person_and_the_rest_is_rolled_back(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    push("feature/x", COMMIT)(story)
    story.approved = False
    story.decide()
    with monkeypatch.context() as patch:
        patch.setattr(story.world.git_provider, "close", lambda _: raises(Killed())())
        for _ in range(CRASHES + 2):
            story.attempt(Story.reconcile)
        state, leftovers = story.ends()[ID]
        assert "rejected, rollback failed" == state
        assert any("the runners that tried to revert it crashed" in each for each in leftovers)
        leases = [content for name, content in story.world.objects.stored.items() if "/leases/" in name]
        assert leases, "others have theirs"
        assert ID.encode() not in leases, "its identity is free for others"
    story.to_the_end()
    assert "rejected" == states(story)[ID]


def test_who_comes_first_differs_from_build_to_build(story: Story) -> None:
    story.reconcile()
    moved: list[list[str]] = []

    def run_child_process(*words: str) -> int:
        moved[-1].append(words[1])
        return 0

    for _ in range(20):
        moved.append([])
        Reconciliation(replace(story.factory(), child_process=run_child_process)).run()
    assert {tuple(sorted([ID, *OTHERS]))} == {tuple(sorted(each)) for each in moved}
    assert len({each[0] for each in moved}) >= 3


def test_not_knowing_what_was_missed_keeps_nothing_from_moving(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    push("feature/x", COMMIT)(story)
    story.approved = False
    story.decide()
    monkeypatch.setattr(story.world.git_provider, "changed", lambda *_, **__: raises(RecursionError("a tree without end"))())
    (complaint,) = story.reconcile()
    assert "missed pushes: a tree without end" == complaint
    assert "rejected" == states(story)[ID]


def test_a_candidate_of_another_deployment_is_not_moved_whatever_a_mark_says(story: Story) -> None:
    push("feature/x", COMMIT)(story)
    other = story.settings.deployment.model_copy(update={"name": "another"})
    story.settings = story.settings.model_copy(update={"deployment": other})
    with pytest.raises(GroundworkError, match="deployment-conflict"):
        story.factory().advance(ID)


def test_a_mark_without_a_promotion_goes_with_the_build_that_made_it(story: Story) -> None:
    """Killed between the two."""
    calls = len(story.world.clock.calls)
    push("feature/x", COMMIT)(story)
    first = next(
        number for number, call in enumerate(story.world.clock.calls[calls:], calls + 1) if call == f"objects.create {LEDGER[5:]}"
    )
    again = in_development(approved=None)
    again.world.clock.kill_at = first
    again.attempt(push("feature/x", COMMIT))
    assert [ID] == [mark.candidate for mark in again.factory().marks.all()]
    del again.world.git_provider.heads["feature/x"]
    assert [] == again.reconcile()
    assert ([], {}) == (again.factory().marks.all(), again.ends())


def records(story: Story) -> list[dict[str, str]]:
    clock, story.world.clock.kill_at = story.world.clock.kill_at, None
    found = [dict(record) for record in Ledger(story.world.objects, LEDGER, ID).read()]
    story.world.clock.kill_at = clock
    return found


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return what makes `run_child_process` run other code than the factory's."""

    def runs(code: str) -> None:
        file = tmp_path / "code.py"
        file.write_text(code)
        fake = tmp_path / "python"
        fake.write_text(f'#!/bin/sh\nexec {sys.executable} -I {file} "$@"\n')
        fake.chmod(0o700)
        monkeypatch.setattr(sys, "executable", str(fake))

    return runs


@pytest.mark.parametrize(
    ("code", "ends"),
    [
        ("", 0),
        ("raise SystemExit(1)", REFUSED),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", KILLED),
        ("import sys; sys.exit(70 if sys.argv[1:] == ['-P', '-m', 'groundwork.factory', 'advance', 'x'] else 5)", BROKE),
    ],
)
def test_a_process_of_its_own_says_how_it_ended(program: Callable[[str], None], code: str, ends: int) -> None:
    program(code)
    assert ends == run_child_process("advance", "x")


def test_one_that_takes_too_long_is_killed_with_all_that_it_started(
    program: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(child_process_module, "LONGEST", 2)
    file = tmp_path / "pid"
    program(f"""
import subprocess, time
with open({str(file)!r}, 'w') as file:
    file.write(str(subprocess.Popen(['sleep', '60']).pid))
time.sleep(60)
""")
    assert KILLED == run_child_process("advance", "x")
    state = subprocess.run(["ps", "-o", "stat=", "-p", file.read_text()], capture_output=True, text=True, check=False).stdout
    assert not state.strip() or state.startswith("Z")


def test_the_entry_tells_a_bug_from_what_was_refused() -> None:
    """Without settings it is refused; `kill` is neither."""
    environment = {name: value for name, value in os.environ.items() if name != "GROUNDWORK_FACTORY"}
    command = [sys.executable, "-P", "-m", "groundwork.factory", "advance", "x"]
    done = subprocess.run(command, env={**environment, "BUILD_ID": "b"}, capture_output=True, text=True, check=False)
    assert (REFUSED, True) == (done.returncode, "settings-missing" in done.stderr), done.stderr
    assert KILLED == 128 + signal.SIGKILL
