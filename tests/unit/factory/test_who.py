"""Reviewers: for all commits, merges and review decisions, no author releases their own change, and no stranger any."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st

from groundwork.contract.accounts import account
from groundwork.contract.candidate import Candidate
from groundwork.factory.ledger import Ledger, candidates
from tests.unit.factory.graph import MODEL, README, RECEIVING, Company
from tests.unit.factory.promoted import Story, in_memory
from tests.unit.factory.world import LEDGER

ADA, GRACE, ALAN, ZOE, YAN = (f"{name}@n.example" for name in ("ada", "grace", "alan", "zoe", "yan"))
PEOPLE = st.sampled_from([ADA, GRACE, ALAN, ZOE, YAN, "Grace+x@N.example.", "eve@elsewhere.example"])
COMMITS = st.lists(st.lists(PEOPLE, min_size=1, max_size=2), min_size=1, max_size=3)
"""Of each commit, its author, committer, co-author or pusher: the graph does not tell them apart."""
SAID = st.lists(st.tuples(PEOPLE, st.sampled_from([True, True, True, False])), min_size=1, max_size=4)
ROUND = st.fixed_dictionaries(
    {
        "onto": st.sampled_from(["main", "release"]),
        "commits": COMMITS,
        "in development": SAID,
        "on main": st.lists(st.tuples(PEOPLE, st.sampled_from([MODEL, README])), max_size=2),
        "in production": SAID,
    }
)


@pytest.fixture(autouse=True)
def _in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    in_memory(monkeypatch)


def play(company: Company, number: int, wanted: dict[str, object]) -> None:
    branch, git_provider = f"feature/{number}", company.git_provider
    for turn, people in enumerate(wanted["commits"]):  # type: ignore[arg-type,var-annotated]
        commit = git_provider.add(branch, people, {MODEL: f"{number}.{turn}"}, onto=str(wanted["onto"]))
    company.push(branch, commit)
    for base, said in (("release", wanted["in development"]), ("main", wanted["in production"])):
        for who, approved in said:  # type: ignore[attr-defined]
            company.decide(base, who, approved=approved)
            company.reconcile()
        if base == "release":
            for turn, (who, path) in enumerate(wanted["on main"]):  # type: ignore[arg-type,var-annotated]
                company.push("main", git_provider.add("main", [who], {path: f"main {number}.{turn}"}))


def begun(story: Story) -> dict[str, list[dict[str, object]]]:
    objects = story.world.ledger
    return {id_: [dict(each) for each in Ledger(objects, LEDGER, id_).read()] for id_ in candidates(objects, LEDGER)}


def require_that_others_decided(company: Company) -> None:
    """Look at every merge and release with the graph alone: none of the factory's own answers is taken."""
    quoted = {
        record["output"]["commit"]: account(str(record["output"]["reviewer"]))  # type: ignore[index]
        for records in begun(company.development).values()
        for record in records
        if (record["type"], record["key"]) == ("completed", "review")
    }
    for number, base, people in company.git_provider.merged:
        who = quoted[company.git_provider.made[number].commit]
        assert who.replace("+x", "") in RECEIVING[base], f"{who} does not receive what goes to {base}"
        assert who.replace("+x", "") not in {each.replace("+x", "") for each in people}, f"{who} has a part in #{number}"
    first, *later = company.released()
    for before, commit in zip([first, *later], later, strict=False):
        candidates = [Candidate.model_validate(records[0]["candidate"]) for records in begun(company.production).values()]
        (one,) = [each for each in candidates if each.commit == commit]
        line = company.git_provider.line(commit, since=[before], below="pipelines/forecasting")
        parts = [company.git_provider.part(part.id, *part.parents[:1]) for part in line]
        who = account(one.approved_by).replace("+x", "")
        assert who in RECEIVING["main"]
        assert who not in {each.replace("+x", "") for each in frozenset[str]().union(*parts)}


ROUNDS = st.lists(ROUND, min_size=1, max_size=3)
CALM = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]


@given(rounds=ROUNDS)
@how(max_examples=15, deadline=None, suppress_health_check=CALM)
def test_no_release_was_approved_by_somebody_with_a_part_in_it_or_from_elsewhere(rounds: list[dict[str, object]]) -> None:
    company = Company()
    for number, wanted in enumerate(rounds):
        play(company, number, wanted)
    require_that_others_decided(company)


@pytest.mark.deep
@given(rounds=ROUNDS)
@how(max_examples=400, deadline=None, suppress_health_check=CALM)
def test_over_many_histories_too(rounds: list[dict[str, object]]) -> None:
    test_no_release_was_approved_by_somebody_with_a_part_in_it_or_from_elsewhere.hypothesis.inner_test(rounds)  # type: ignore[attr-defined]


def test_a_change_goes_all_the_way_where_each_environments_own_reviewers_approve_it() -> None:
    """What the histories above are about does happen."""
    company = Company()
    company.push("feature/x", company.git_provider.add("feature/x", [ADA], {MODEL: "1"}))
    company.decide("release", GRACE)
    company.reconcile()
    company.decide("main", ZOE)
    company.reconcile()
    assert ["release", "main"] == [base for _, base, _ in company.git_provider.merged]
    assert [company.git_provider.made[2].merge_commit] == company.released()[1:]
    require_that_others_decided(company)


def test_production_is_not_decided_on_by_developments_reviewers() -> None:
    company = Company()
    company.push("feature/x", company.git_provider.add("feature/x", [ADA], {MODEL: "1"}))
    company.decide("release", GRACE)
    company.reconcile()
    company.decide("main", GRACE)
    company.reconcile()
    assert ["release"] == [base for _, base, _ in company.git_provider.merged]
    assert any("not a reviewer of the environment that receives" in line for line in company.development.said)


def test_production_looks_itself_whatever_development_let_through() -> None:
    """Development is told, falsely, that its own reviewers decide about production."""
    company = Company()
    lie = {"next_reviewers": RECEIVING["release"]}
    company.development.settings = company.development.settings.model_copy(update=lie)
    company.push("feature/x", company.git_provider.add("feature/x", [ADA], {MODEL: "1"}))
    for base in ("release", "main"):
        company.decide(base, GRACE)
        company.reconcile()
    assert ["release", "main"] == [base for _, base, _ in company.git_provider.merged]
    assert [] == company.released()[1:]
    company.push("main", company.git_provider.heads["main"])
    assert any("of grace@n.example does not count" in line for line in company.production.said)


def test_a_reviewers_own_change_below_anothers_comment_is_not_hers_to_approve() -> None:
    company = Company()
    company.git_provider.add("feature/x", [GRACE], {MODEL: "weaker"})
    company.push("feature/x", company.git_provider.add("feature/x", [ADA], {MODEL: "weaker, with a comment"}))
    company.decide("release", GRACE)
    company.reconcile()
    assert [] == company.git_provider.merged
    company.decide("release", ALAN)
    company.reconcile()
    assert ["release"] == [base for _, base, _ in company.git_provider.merged]
    company.decide("main", ALAN)
    company.reconcile()
    assert any("release" not in base for _, base, _ in company.git_provider.merged), "Alan receives for production, too"


def test_a_part_in_any_of_the_merges_of_a_release_counts() -> None:
    """Zoe's own change was merged some time before; the newest merge of the same release is Ada's."""
    company = Company()
    company.push("feature/x", company.git_provider.add("feature/x", [ZOE], {MODEL: "1"}))
    company.decide("release", GRACE)
    company.reconcile()
    company.push(
        "feature/y", company.git_provider.add("feature/y", [ADA], {"pipelines/forecasting/other.py": "1"}, onto="release")
    )
    company.decide("release", GRACE)
    company.reconcile()
    company.decide("main", ZOE)
    company.reconcile()
    assert [] == company.released()[1:]
    company.decide("main", YAN)
    company.reconcile()
    assert 1 == len(company.released()[1:])


def test_where_a_commit_names_every_reviewer_the_way_out_is_said_and_works() -> None:
    company = Company()
    company.push("feature/x", company.git_provider.add("feature/x", [ADA, GRACE, ALAN], {MODEL: "1"}))
    assert any("has no permitted reviewer" in line for line in company.development.said)
    company.git_provider.close(1)
    company.reconcile()
    assert ["rejected"] == [state for state, _ in company.development.ends().values()]
