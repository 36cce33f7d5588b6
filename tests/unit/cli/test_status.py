"""`status`, `watch`, `history`, `reconcile`: one broken ledger hides no other, and a failure of the machine is one error."""

from __future__ import annotations

import errno
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from benchmarks.history import ledger, name
from groundwork.cli import app as commands
from groundwork.cli import audit, factory_builds, history, reconcile, status, watch
from groundwork.cli.failures import explained
from groundwork.contract.ledger_records import candidate_of
from groundwork.errors import GroundworkError
from groundwork.factory.in_progress import Marks
from groundwork.factory.ledger import Ledger
from tests.unit.factory.history import Counted
from tests.unit.factory.promoted import settings
from tests.unit.factory.world import LEDGER, RECORDS

if TYPE_CHECKING:
    from typer.testing import Result

WAITING, BROKEN, ENDED, FAILED = name(1), name(2), name(3), name(4)


@pytest.fixture
def objects(monkeypatch: pytest.MonkeyPatch) -> Counted:
    """Return a ledger with one that waits, one that was tampered with, and two that have ended."""
    made = Counted()
    for candidate in (WAITING, BROKEN, ENDED, FAILED):
        made.put(
            LEDGER,
            ledger(candidate, 6, ended=candidate in {ENDED, FAILED}, ending="failed" if candidate == FAILED else "rejected"),
        )
    marks = Marks(made, RECORDS, "forecasting")
    for candidate in (WAITING, BROKEN):
        found = candidate_of(Ledger(made, LEDGER, candidate).read())
        assert found
        marks.add(found, "a-build")
    made.put(LEDGER, [(f"promotions/{BROKEN}/000003.json", b'{"x":1}\n')])
    context = SimpleNamespace(
        platform=SimpleNamespace(objects=made),
        factories=lambda _: [settings("feature/*", "release")],
        ledgers=lambda _: [LEDGER],
    )
    for module in (status, watch, history, audit):
        monkeypatch.setattr(module, "command_context", lambda: context)
    return made


def call(*words: str) -> Result:
    return CliRunner().invoke(commands.app, words)


@pytest.mark.usefixtures("objects")
def test_a_broken_ledger_is_a_row_among_the_others() -> None:
    done = call("status")
    assert 0 == done.exit_code
    rows = {line.split()[0]: line for line in done.stdout.splitlines()[1:]}
    assert [True, True] == ["ledger-changed" in rows[BROKEN], "change" in rows[WAITING]]
    assert f"{BROKEN}: the ledger of `{BROKEN}` was changed after it was written: record 3 was changed" in done.stderr
    assert ENDED not in done.stdout


@pytest.mark.usefixtures("objects")
def test_everything_is_shown_when_asked_for_with_the_next_action_of_what_failed() -> None:
    done = call("status", "--all", "--json")
    assert all(each in done.stdout for each in (WAITING, BROKEN, ENDED, FAILED))
    assert f"{FAILED}: failed: worse; `groundwork review retry {FAILED}` evaluates the commit again" in done.stderr
    assert f"{ENDED}:" not in done.stderr


def test_watching_goes_on_past_a_broken_ledger_and_tells_an_ending(objects: Counted, monkeypatch: pytest.MonkeyPatch) -> None:
    def glance(_: float) -> None:
        """End what waited, between two looks."""
        Marks(objects, RECORDS, "forecasting").close(WAITING)
        objects.remove(LEDGER, WAITING)
        objects.put(LEDGER, ledger(WAITING, 7, ended=True))

    monkeypatch.setattr("groundwork.cli.watch.time.sleep", glance)
    looks: Iterator[float] = iter([0.0, 0.5, 0.6, 1.5, 1.6])
    monkeypatch.setattr("groundwork.cli.watch.time.monotonic", lambda: next(looks))
    done = call("watch", "--for", "1")
    states = [line for line in done.stdout.splitlines() if WAITING in line]
    assert (0, 2) == (done.exit_code, len(states)), done.output
    assert ["change" in states[0], "rejected" in states[1]] == [True, True]
    assert f"{BROKEN}  ledger-changed" in done.stdout


@pytest.mark.usefixtures("objects")
def test_the_stories_of_the_others_are_told_and_then_it_ends_with_the_one_that_cannot() -> None:
    done = call("history")
    assert f"\n{WAITING}\n" in done.stdout
    assert f"\n{ENDED}\n" in done.stdout
    assert f"{BROKEN}\n  ledger-changed: the ledger of" in done.stdout
    assert isinstance(done.exception, GroundworkError)
    assert "ledger-changed" == done.exception.code


@pytest.mark.usefixtures("objects")
def test_verification_says_how_much_it_read() -> None:
    done = call("audit", "verify")
    assert f"{BROKEN}: record 3 was changed" in done.stdout
    assert isinstance(done.exception, GroundworkError)


def test_a_reconciliation_whose_build_failed_ends_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    failed = SimpleNamespace(id="b7", trigger="forecasting-reconcile", status="FAILURE")
    monkeypatch.setattr(reconcile, "command_context", lambda: None)
    monkeypatch.setattr(reconcile, "wake", lambda *_: [failed])
    with pytest.raises(GroundworkError) as error:
        reconcile.reconcile()
    assert str(error.value) == (
        "build b7 of forecasting-reconcile ended as FAILURE (reconcile-failed)\n"
        "hint: read the build's log with `groundwork logs b7`"
    )


def test_waking_the_factory_returns_the_builds_that_failed() -> None:
    builds = [SimpleNamespace(status="SUCCESS"), SimpleNamespace(status="FAILURE")]
    woken: list[set[str]] = []

    def wake(projects: set[str]) -> list[Any]:
        woken.append(projects)
        return builds

    session = SimpleNamespace(events=SimpleNamespace(wake=wake))
    context: Any = SimpleNamespace(session=session, factories=lambda _: [settings("main")])
    assert builds[1:] == factory_builds.wake(context, "dev")
    assert [{"northwind-ml-dev"}] == woken


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "output-unwritable"),
        (OSError(errno.EROFS, "Read-only file system", "/twin/x"), "output-unwritable"),
        (PermissionError(errno.EACCES, "Permission denied", "/twin/x"), "output-unwritable"),
        (sqlite3.OperationalError("attempt to write a readonly database"), "twin-unavailable"),
        (UnicodeEncodeError("ascii", "für", 1, 2, "ordinal not in range(128)"), "output-encoding-unsupported"),
    ],
)
def test_what_the_machine_does_to_a_command_is_an_error_with_code_and_hint(error: Exception, code: str) -> None:
    expected = explained(error)
    assert expected
    assert (code, True) == (expected.code, bool(expected.hint))


@pytest.mark.parametrize("error", [ValueError("a bug"), FileNotFoundError(errno.ENOENT, "No such file", "x"), KeyError("x")])
def test_a_bug_keeps_its_traceback(error: Exception) -> None:
    assert explained(error) is None


PROGRAM = """
import sys
from groundwork.cli import app, output, runs
runs.runs = lambda: output.show("für")
sys.argv = ["groundwork", "runs"]
app.main()
"""


@pytest.mark.parametrize(
    ("where", "encoding", "code"),
    [("/dev/full", "utf-8", "output-unwritable"), ("/dev/null", "ascii", "output-encoding-unsupported")],
)
def test_output_that_cannot_be_written_is_one_error_and_no_traceback(where: str, encoding: str, code: str) -> None:
    with open(where, "w", encoding="utf-8") as stdout:  # noqa: PTH123  a device
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], stdout=stdout, stderr=subprocess.PIPE, text=True, check=False,
            env={**os.environ, "PYTHONIOENCODING": encoding},
        )  # fmt: skip
    assert (1, True) == (done.returncode, f"({code})\nhint: " in done.stderr), done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
