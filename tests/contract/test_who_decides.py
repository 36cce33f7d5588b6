"""Attacks on review decisions and releases: the factory's own steps on a real repository."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from groundwork.errors import GroundworkError
from groundwork.factory import promotions
from groundwork.ports.errors import Denied
from groundwork.ports.git_provider import ReviewDecision
from tests.contract.conftest import World
from tests.contract.repository import Repository, decision
from tests.unit.factory.fakes import NOTEBOOK
from tests.unit.factory.promoted import Factory, Story, in_memory, settings

FOLDER, README = "pipelines/forecasting", "README.md"
OWN = f"{FOLDER}/notebook.ipynb"
ADA, GRACE, ALAN, ZOE = (f"{name}@northwind.example" for name in ("ada", "grace", "alan", "zoe"))


class Client:
    """One repository, development (Grace, Alan) and production (Zoe), each with a factory of its own."""

    def __init__(self, world: World, folder: Path) -> None:
        self.repository = Repository(world, folder / "clone")
        self.start = self.repository.push(
            "main", self.repository.commit({f"{FOLDER}/models.py": "1\n", OWN: NOTEBOOK.decode(), README: "1\n"})
        )
        self.development = self._story("feature/*", "release", reviewers=(GRACE, ALAN), next_reviewers=(ZOE,))
        self.production = self._story("main", reviewers=(ZOE,), next_reviewers=())
        self.production.reconcile()

    def _story(self, *here: str, **lists: tuple[str, ...]) -> Story:
        world = Factory()
        world.git_provider = self.repository.git_provider  # type: ignore[assignment]  # a real one
        return Story(settings(*here).model_copy(update=lists), world, (), None)

    def commit(self, branch: str, files: dict[str, str], who: str = ADA, *, onto: str = "") -> str:
        """Commit on a branch, new ones from where `main` is, and push it."""
        heads = self.repository.git_provider.branches()
        self.repository.git("fetch", "--quiet", self.repository.url, "+refs/heads/*:refs/kept/*")
        self.repository.git("checkout", "--quiet", "--detach", heads.get(branch) or onto or heads["main"])
        self.repository.author = who
        return self.repository.push(branch, self.repository.commit(files))

    def push(self, branch: str, files: dict[str, str], who: str = ADA) -> int:
        """Push to development, and return the number of the pull request that waits then."""
        self.development.factory().push(branch, self.commit(branch, files, who))
        return self.repository.git_provider.pull_requests()[-1].number

    def say(self, who: str, number: int = 0, *, approved: bool = True) -> None:
        """Decide on what waits."""
        request = (
            self.repository.git_provider.pull_request(number) if number else self.repository.git_provider.pull_requests()[-1]
        )
        self.repository.git_provider.decide(request.number, decision(request, reviewer=who, approved=approved))

    def slip_in(self, who: str) -> ReviewDecision:
        """Have the Git provider take an approval that it should not have let through, as another Git provider would."""
        request = self.repository.git_provider.pull_requests()[-1]
        asked = {"body": request.body, "candidate": request.candidate, "report": request.report}
        self.repository.git_provider.present(request.number, **asked, reviewers=[*request.reviewers, who])
        given = decision(request, reviewer=who)
        self.repository.world.record_decision(self.repository.remote, request.number, given)
        return given

    def to_main(self) -> str:
        """Bring a change to `main` by the people who may; return the merge."""
        self.push("feature/better", {f"{FOLDER}/models.py": "better\n"})
        self.say(GRACE)
        self.development.reconcile()
        self.say(ZOE)
        self.development.reconcile()
        return self.repository.git_provider.branches()["main"]

    def released(self) -> list[str]:
        """Return the commits that production's versions were made of."""
        return [each.labels["commit"] for each in self.production.world.models.made]


@pytest.fixture
def client(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Client:
    in_memory(monkeypatch)
    return Client(world, tmp_path)


def states(story: Story) -> list[str]:
    return [state for state, _ in story.ends().values()]


def test_a_reviewer_does_not_approve_her_own_change_below_somebody_elses_comment(client: Client) -> None:
    client.commit("feature/x", {f"{FOLDER}/evaluation.py": "weaker\n"}, GRACE)
    client.push("feature/x", {f"{FOLDER}/evaluation.py": "weaker\n# a comment\n"}, ADA)
    with pytest.raises(Denied, match="is among the authors"):
        client.say(GRACE)
    client.slip_in(GRACE)
    client.development.reconcile()
    assert ["waiting for review"] == states(client.development)
    client.say(ALAN)
    client.development.reconcile()
    assert "promoted" in states(client.development)


def test_developments_reviewers_do_not_decide_about_production(client: Client) -> None:
    client.push("feature/x", {f"{FOLDER}/models.py": "better\n"})
    client.say(GRACE)
    client.development.reconcile()
    with pytest.raises(Denied, match="not among the reviewers"):
        client.say(GRACE)
    client.slip_in(GRACE)
    client.development.reconcile()
    assert client.start == client.repository.git_provider.branches()["main"]


def test_production_releases_nothing_that_its_own_reviewers_did_not_approve(client: Client) -> None:
    lie = {"next_reviewers": (GRACE, ALAN)}
    client.development.settings = client.development.settings.model_copy(update=lie)
    client.push("feature/x", {f"{FOLDER}/models.py": "better\n"})
    for _ in range(2):
        client.say(GRACE)
        client.development.reconcile()
    merge = client.repository.git_provider.branches()["main"]
    assert merge != client.start
    client.production.reconcile()
    with pytest.raises(GroundworkError, match=r"that of grace@northwind\.example does not count: its author is not a reviewer"):
        client.production.factory().push("main", merge)
    assert [client.start] == client.released()


def test_moving_main_on_to_what_was_approved_for_release_releases_nothing(client: Client) -> None:
    """A merge that people approved stands on `main` then, approved for another branch by others."""
    client.production.settings = client.production.settings.model_copy(update={"reviewers": (GRACE, ZOE)})
    client.push("feature/x", {f"{FOLDER}/models.py": "better\n"})
    client.say(GRACE)
    client.development.reconcile()
    merge = client.repository.git_provider.branches()["release"]
    client.repository.git("fetch", "--quiet", client.repository.url, "release")
    client.repository.git("push", "--quiet", client.repository.url, f"{merge}:refs/heads/main")
    client.production.reconcile()
    assert [client.start] == client.released()


@pytest.mark.parametrize("path", [README, "pipelines/other/models.py", f"{FOLDER}/models.py"])
def test_what_lands_on_main_behind_an_approved_merge_does_not_lose_it(client: Client, path: str) -> None:
    merge = client.to_main()
    client.commit("main", {path: "later\n"}, "eve@elsewhere.example")
    client.production.reconcile()
    assert [client.start, merge] == client.released()
    begun = next(build for build in client.production.world.builds.made if build.commit == merge)
    assert begun.commit == merge, "what is built is the merge, not what lies above it"


def test_a_commit_of_the_platforms_on_main_makes_no_push_a_mixed_one(client: Client) -> None:
    client.to_main()
    client.production.reconcile()
    client.commit("main", {README: "2\n"})
    client.push("feature/new", {f"{FOLDER}/models.py": "new\n"})
    assert 2 == states(client.development).count("promoted")
    with pytest.raises(GroundworkError, match=r"also README\.md"):
        client.push("feature/mixed", {f"{FOLDER}/models.py": "mixed\n", README: "1\n"})


def test_whoever_leaves_the_reviewers_blocks_nothing(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    number = client.push("feature/x", {f"{FOLDER}/models.py": "better\n"})
    client.say(ALAN)
    client.development.settings = client.development.settings.model_copy(update={"reviewers": (GRACE,)})
    client.development.reconcile()
    assert ["waiting for review"] == states(client.development)

    class Later(datetime):
        @classmethod
        def now(cls, _: object = None) -> datetime:  # type: ignore[override]  # asked for UTC alone
            return datetime.now(UTC) + timedelta(days=400)

    with monkeypatch.context() as patch:
        patch.setattr(promotions, "datetime", Later)
        client.development.reconcile()
    assert ["expired"] == states(client.development)
    assert "closed" == client.repository.git_provider.pull_request(number).state


@pytest.mark.parametrize("way", ["another decides", "it is closed"])
def test_behind_a_review_decision_that_does_not_count_people_go_on(client: Client, way: str) -> None:
    number = client.push("feature/x", {f"{FOLDER}/models.py": "better\n"})
    client.slip_in("eve@elsewhere.example")
    if way == "it is closed":
        client.repository.git_provider.close(number)
    else:
        client.say(GRACE, number)
    client.development.reconcile()
    assert ("rejected" if way == "it is closed" else "promoted") in states(client.development)


def test_what_a_reviewer_rejects_after_all_is_not_merged_though_the_factory_was_killed_in_between(client: Client) -> None:
    client.push("feature/x", {f"{FOLDER}/models.py": "better\n"})
    client.say(GRACE)
    git_provider = client.repository.git_provider
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(promotions, "steps", _until_decision)
        with pytest.raises(KeyboardInterrupt):
            client.development.reconcile()
    client.say(ALAN, 1, approved=False)
    client.development.reconcile()
    assert ["rejected"] == states(client.development)
    assert "release" not in git_provider.branches()


def _until_decision(work: object) -> list[object]:
    from groundwork.factory.steps import steps  # noqa: PLC0415  the name is another module's by then

    def killed(_: object) -> None:
        raise KeyboardInterrupt

    return [replace(step, run=killed) if step.name == "release" else step for step in steps(work)]  # type: ignore[arg-type]
