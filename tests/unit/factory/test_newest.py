"""Releases from the last branch when other commits land there, and the requests of a reconciliation with nothing to do."""

from __future__ import annotations

from collections import Counter

import pytest

from groundwork.errors import GroundworkError
from tests.unit.factory.graph import MODEL, README, Company
from tests.unit.factory.promoted import COMMIT, Story, in_development, in_memory, push

ADA, GRACE, ZOE = (f"{name}@n.example" for name in ("ada", "grace", "zoe"))
OTHERS = "pipelines/other/models.py"


@pytest.fixture(autouse=True)
def _in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    in_memory(monkeypatch)


@pytest.fixture
def company() -> Company:
    """Return one in which a release was approved and merged to `main`, and production has not heard of it."""
    made = Company()
    approve(made, "1")
    return made


def approve(company: Company, what: str) -> str:
    """Bring a change to `main`, as people approve it; return the merge."""
    company.push(f"feature/{what}", company.git_provider.add(f"feature/{what}", [ADA], {MODEL: what}, onto="release"))
    for base, who in (("release", GRACE), ("main", ZOE)):
        company.decide(base, who)
        company.development.attempt(lambda story: story.reconcile())
        company.development.attempt(lambda story: story.reconcile())
    assert company.git_provider.made[len(company.git_provider.made)].state == "merged", company.development.said
    return company.git_provider.heads["main"]


@pytest.mark.parametrize("path", [README, OTHERS, MODEL], ids=["the platform's", "another pipeline's", "what nobody approved"])
def test_an_approved_merge_is_released_whatever_lands_behind_it(company: Company, path: str) -> None:
    merge = company.git_provider.heads["main"]
    company.git_provider.add("main", [ADA], {path: "later"})
    company.reconcile()
    assert [merge] == company.released()[1:]
    company.reconcile()
    assert [merge] == company.released()[1:], "once"


@pytest.mark.parametrize("path", [README, OTHERS, MODEL])
def test_a_late_event_of_the_merge_still_releases_it(company: Company, path: str) -> None:
    merge = company.git_provider.heads["main"]
    company.git_provider.add("main", [ADA], {path: "later"})
    company.push("main", merge)
    assert [merge] == company.released()[1:], company.production.said


def test_of_two_approved_merges_the_later_is_released_and_the_other_is_outdated(company: Company) -> None:
    first, second = company.git_provider.heads["main"], approve(company, "2")
    company.git_provider.add("main", [ADA], {README: "later"})
    with pytest.raises(GroundworkError, match="has a later commit than"):
        company.production.factory().push("main", first)
    company.reconcile()
    assert [second] == company.released()[1:]


def test_a_later_merge_supersedes_the_one_that_is_under_way_though_the_platform_moved_on(company: Company) -> None:
    first = company.git_provider.heads["main"]
    company.production.settings = company.production.settings.model_copy(update={"identities": ()})  # so that it waits
    company.push("main", first)
    assert company.git_provider.add("main", [ADA], {README: "later"}) != approve(company, "2")
    company.reconcile()
    states = Counter(state for state, _ in company.production.ends().values())
    assert {"promoted": 1, "superseded": 1, "provision": 1} == states


def test_what_nobody_approved_is_refused_by_name(company: Company) -> None:
    company.reconcile()
    with pytest.raises(GroundworkError, match="without an approved pull request"):
        company.production.factory().push("main", company.git_provider.add("main", [ADA], {MODEL: "mine"}))


def test_an_approval_for_another_branch_is_none_for_the_last() -> None:
    """Whoever moves `main` forward to `release` has a merge there that people approved, for `release`."""
    company = Company()
    company.push("feature/x", company.git_provider.add("feature/x", [ADA], {MODEL: "1"}))
    company.decide("release", "alan@n.example")  # a reviewer of both environments
    company.reconcile()
    company.git_provider.heads["main"] = company.git_provider.heads["release"]
    with pytest.raises(GroundworkError, match="without an approved pull request"):
        company.production.factory().push("main", company.git_provider.heads["main"])
    company.reconcile()
    assert [] == company.released()[1:]


def test_while_nothing_serves_an_approved_merge_goes_before_the_head() -> None:
    company = Company()
    company.production.world.models.made = []
    merge = approve(company, "1")
    company.git_provider.add("main", [ADA], {MODEL: "nobody's"})
    company.reconcile()
    assert [merge] == company.released()


def idle(story: Story, number: int) -> None:
    """Have branches that bring nothing: half of them are where the next branch is, the others changed something else."""
    for each in range(number):
        at = "b" * 40 if each % 2 else f"{each:040x}"
        story.world.git_provider.heads[f"feature/idle-{each}"] = at
        if not each % 2:
            story.world.git_provider.idle.add(at)


def asked(story: Story) -> int:
    """Return how many calls of ports a reconciliation with nothing to do makes."""
    story.world.clock.calls.clear()
    assert [] == story.reconcile()
    return len(story.world.clock.calls)


def test_a_reconciliation_asks_as_much_with_a_thousand_idle_branches_as_with_fifty() -> None:
    """They were looked at by the reconciliation before; each counts once, whatever it is asked about."""
    calls = {}
    for number in (50, 1000):
        story = in_development(push("feature/x", COMMIT), approved=None)
        story.attempt(story.moves[0])
        idle(story, number)
        first = asked(story)
        calls[number] = asked(story)
        assert first > number / 2, "each was looked at once"
    assert calls[1000] <= 2 * calls[50]
    assert 10 > len([call for call in story.world.clock.calls if call.startswith("Git provider.")]) / 2, (
        "a call reconciliations twice"
    )


def test_what_is_remembered_of_branches_is_one_object_and_losing_it_costs_a_look() -> None:
    story = in_development(approved=None)
    idle(story, 20)
    asked(story)
    idle(story, 30)
    asked(story)
    (kept,) = [name for name in story.world.objects.stored if "/looked/" in name]
    calm = asked(story)
    for content in (b"not json", b"[[]]", None):
        if content is None:
            del story.world.objects.stored[kept]
        else:
            story.world.objects.stored[kept] = content
        assert asked(story) > calm
        (kept,) = [name for name in story.world.objects.stored if "/looked/" in name]
        assert calm == asked(story)


def test_a_branch_that_was_idle_is_evaluated_when_it_brings_something() -> None:
    story = in_development(approved=None)
    idle(story, 4)
    asked(story)
    story.world.git_provider.heads["feature/idle-2"] = COMMIT
    asked(story)
    assert {"waiting for review"} == {state for state, _ in story.ends().values()}
