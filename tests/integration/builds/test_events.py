"""What the Git provider tells triggers: a merge builds as a push would, and a person's pull request as on Cloud Build."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import pytest

from groundwork.ports.git_provider import Proposal, ReviewDecision
from groundwork.twin.cloudbuild import history
from groundwork.twin.cloudbuild.matching import PullRequestEvent, Push, reason_against
from groundwork.twin.github import events
from groundwork.twin.github.client import twin_git_provider

REMOTE = "https://github.com/northwind/forecasting.git"
REPOSITORY = "projects/northwind-ml-dev/locations/europe-west2/connections/github/repositories/forecasting"
SHOWN = {"name": "ubuntu", "entrypoint": "echo", "args": ["<$_PR_NUMBER $_HEAD_BRANCH $_BASE_BRANCH $BRANCH_NAME $COMMIT_SHA>"]}


def proposed(world: Any, head: str, base: str) -> Any:
    commit = world.commit({"a.txt": head})
    world.push(head)
    git_provider = twin_git_provider(world.store, None, REMOTE, "projects/p/secrets/s")
    given = Proposal(head=head, base=base, commit=commit, title="t", body="b", author="ada@northwind.example")
    return git_provider, git_provider.open(given)


def delivered(world: Any) -> tuple[int, str]:
    taken = events.deliver(world.store, io.StringIO(), lambda: "")
    log = "".join(history.log_path(world.store, build.id).read_text() for build in history.all_builds(world.store))
    return taken, log


def test_a_persons_pull_request_builds_its_commit_with_cloud_builds_substitutions(world: Any) -> None:
    event = {"repository": REPOSITORY, "pullRequest": {"branch": "^main$"}}
    world.trigger(SHOWN, name="pulls", repositoryEventConfig=event, includedFiles=["a.txt"])
    _, request = proposed(world, "feature/$(touch${IFS}pwned)${_X}", "main")
    assert history.all_builds(world.store) == []
    taken, log = delivered(world)
    assert taken == 1
    assert f"<1 {request.head} main {request.head} {request.commit}>" in log
    assert delivered(world)[0] == 0


def test_a_pull_request_whose_trigger_asks_for_a_comment_is_built_once_somebody_who_may_write_comments(world: Any) -> None:
    event = {"repository": REPOSITORY, "pullRequest": {"branch": "^main$", "commentControl": "COMMENTS_ENABLED"}}
    world.trigger(SHOWN, name="pulls", repositoryEventConfig=event)
    git_provider, request = proposed(world, "feature/x", "main")
    assert delivered(world) == (1, "")
    git_provider.comment(request.number, "ada@northwind.example: /gcbrun", key="asked")
    taken, log = delivered(world)
    assert (taken, f"<1 feature/x main feature/x {request.commit}>" in log) == (1, True)


def test_a_merge_builds_like_a_push_and_the_next_push_delivers_it(world: Any) -> None:
    event = {"repository": REPOSITORY, "push": {"branch": "^release$"}}
    world.trigger({"name": "ubuntu", "script": "cat a.txt; echo"}, name="release", repositoryEventConfig=event)
    git_provider, request = proposed(world, "feature/x", "release")
    shown = git_provider.present(1, body="b", candidate="c", report="sha256:1", reviewers=["grace@northwind.example"])
    git_provider.decide(
        1,
        ReviewDecision(
            approved=True, reviewer="grace@northwind.example", commit=shown.commit, report=shown.report, reason="good",
            at=datetime(2026, 1, 1, tzinfo=UTC),
        ),
    )  # fmt: skip
    merge = git_provider.merge(1, commit=request.commit)
    said = world.push("feature/y")
    assert "builds northwind-ml-dev/release" in said
    assert "Step #0: feature/x" in said
    assert (world.build().branch, world.build().commit, world.build().status) == ("release", merge, "SUCCESS")


@pytest.mark.parametrize(
    ("rule", "base", "reason"),
    [
        ({"pullRequest": {"branch": "^main$"}}, "main", ""),
        (
            {"pullRequest": {"branch": "^main$", "commentControl": "COMMENTS_ENABLED"}},
            "main",
            "no person with write access to the repository has commented `/gcbrun` in it",
        ),
        ({"pullRequest": {"branch": "^main$"}}, "release", "its branch pattern is `^main$`"),
        ({"pullRequest": {"branch": "^main$", "invertRegex": True}}, "main", "its branch pattern is `^main$`, inverted"),
        ({"push": {"branch": ".*"}}, "main", "it is not for pull requests"),
    ],
)
def test_a_pull_request_is_matched_by_its_base(rule: dict[str, Any], base: str, reason: str) -> None:
    push = Push(
        branch="feature/x", before=None, commit="c", files=("a",), pull=PullRequestEvent(number=1, base=base, asked=False)
    )
    assert reason_against({"repositoryEventConfig": rule}, push) == reason
    assert reason_against({"repositoryEventConfig": {"pullRequest": {"branch": ".*"}}}, Push(**{**vars(push), "pull": None})) == (
        "it is not for pushes to branches"
    )
