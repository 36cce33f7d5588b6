"""`groundwork review retry`: who asks for what goes to the factory of the candidate's own deployment, which decides."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from benchmarks.history import ledger, name
from groundwork.cli import app as commands
from groundwork.cli import review
from groundwork.errors import GroundworkError
from tests.unit.factory.history import Counted
from tests.unit.factory.promoted import settings
from tests.unit.factory.world import LEDGER

WORDS = ("review", "retry", name(1), "--reason", "the disk has room again", "--as", "grace@northwind.example")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Return the messages to the factory; the build of the first one succeeds, and the next one fails."""
    objects, heard, statuses = Counted(), list[dict[str, Any]](), iter(["SUCCESS", "FAILURE"])
    objects.put(LEDGER, ledger(name(1), ending="failed"))
    other = settings("main").model_copy(update={"deployment": settings("main").deployment.model_copy(update={"name": "another"})})

    class Events:
        """Notes what is published, and answers with the statuses in turn."""

        def publish(self, topic: str, attributes: dict[str, str]) -> list[Any]:
            heard.append({"topic": topic, **attributes})
            return [SimpleNamespace(id="b1", trigger="forecasting-retry", status=next(statuses))]

    context = SimpleNamespace(
        platform=SimpleNamespace(objects=objects),
        session=SimpleNamespace(events=Events()),
        factories=lambda _: [other, settings("feature/*", "release")],
    )
    monkeypatch.setattr(review, "command_context", lambda: context)
    return heard


def test_it_is_a_build_of_the_factory_that_evaluated_it(asked: list[dict[str, Any]]) -> None:
    done = CliRunner().invoke(commands.app, WORDS)
    assert 0 == done.exit_code, done.output
    told = {"candidate": name(1), "by": "grace@northwind.example", "reason": "the disk has room again"}
    assert [{"topic": "projects/northwind-ml-dev/topics/forecasting-retry", **told}] == asked


def test_a_build_that_did_not_end_well_is_an_error(asked: list[dict[str, Any]]) -> None:
    CliRunner().invoke(commands.app, WORDS)
    done = CliRunner().invoke(commands.app, WORDS)
    assert isinstance(done.exception, GroundworkError)
    assert ("retry-failed", 2) == (done.exception.code, len(asked))


def test_a_candidate_that_nobody_knows_starts_nothing(asked: list[dict[str, Any]]) -> None:
    done = CliRunner().invoke(commands.app, [*WORDS[:2], name(2), *WORDS[3:]])
    assert isinstance(done.exception, GroundworkError)
    assert ("candidate-not-found", []) == (done.exception.code, asked)
