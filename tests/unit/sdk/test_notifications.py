from __future__ import annotations

import pytest

from groundwork.errors import GroundworkError
from groundwork.sdk.notifications import Message, message, tell

LOG = [
    {"step": "retrieve", "level": "info", "event": "retrieved"},
    {"step": "store", "level": "error", "event": "sales: too few", "hint": "load more"},
    {"step": "store", "level": "info", "event": "stored", "summary": "Better than seasonal naive."},
]


class Post:
    """Sends nothing, keeps what it was given, and answers as it is told."""

    def __init__(self, *, delivers: bool) -> None:
        self.delivers = delivers
        self.urls: list[str] = []
        self.sent: list[tuple[str, str]] = []

    def add(self, servers: str, /) -> bool:
        self.urls.append(servers)
        return True

    def notify(self, *, title: str, body: str) -> bool:
        self.sent.append((title, body))
        return self.delivers


def test_a_success_tells_the_review_decision() -> None:
    said = message(deployment="uk", run="run-1", succeeded=True, log=LOG)
    assert said == Message(
        "uk: forecasting succeeded", "Run run-1 succeeded.\nBetter than seasonal naive.\nLog: groundwork logs run-1"
    )


def test_a_failure_tells_the_first_error_and_its_way_out() -> None:
    said = message(deployment="uk", run="run-1", succeeded=False, log=LOG)
    assert said == Message(
        "uk: forecasting failed",
        "Run run-1 failed.\nstore: sales: too few\nhint: load more\nLog: groundwork logs run-1",
    )


def test_a_step_that_died_without_a_word_is_told_of_by_what_the_runner_saw() -> None:
    died = {"step": "store", "level": "error", "event": "step failed", "error": "exit code -9"}
    assert "store: exit code -9\nhint: read the log" in message(deployment="uk", run="r", succeeded=False, log=[died]).body


def test_each_owner_is_told_once() -> None:
    post = Post(delivers=True)
    tell(post, ["ada@northwind.example", "bob@northwind.example"], Message("title", "body"))
    assert post.urls == ["mailto://ada@northwind.example", "mailto://bob@northwind.example"]
    assert post.sent == [("title", "body")]


def test_owners_who_could_not_be_told_are_an_error() -> None:
    with pytest.raises(GroundworkError) as refusal:
        tell(Post(delivers=False), ["ada@northwind.example"], Message("title", "body"))
    assert str(refusal.value) == (
        "not all of ada@northwind.example could be told (not-notified)\nhint: check the owners' addresses in the environment file"
    )


def test_a_deployment_without_owners_tells_nobody() -> None:
    post = Post(delivers=False)
    tell(post, [], Message("title", "body"))
    assert post.sent == []
