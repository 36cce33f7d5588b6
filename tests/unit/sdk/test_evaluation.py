"""The contract of evaluations."""

from __future__ import annotations

import pytest

from groundwork.sdk.evaluation import CandidateResults, Evaluation, Metric
from groundwork.sdk.platform import GroundworkError


def metric(baseline: float | None) -> Metric:
    return Metric(name="mae", title="MAE", better="lower", share=False, candidate=1.0, baseline=baseline, champion=None)


def test_an_evaluation_says_which_baseline_its_metrics_have() -> None:
    with pytest.raises(ValueError, match="set its name in `baseline_name`"):
        Evaluation(metrics=(metric(2.0),), problems=(), blocks=())
    assert Evaluation(metrics=(metric(None),), problems=(), blocks=()).baseline_name == ""


@pytest.mark.parametrize("name", ["| `x` |", "<b>", " last week", "a" * 41, "line\n"])
def test_a_baseline_has_a_plain_name(name: str) -> None:
    with pytest.raises(ValueError, match="baseline_name"):
        Evaluation(metrics=(metric(2.0),), baseline_name=name, problems=(), blocks=())


def test_problems_are_printable_and_short() -> None:
    evaluation = Evaluation.of_problems(["a \x1b[31mred\n line", "x" * 601])
    assert evaluation.problems == ("a red line", f"{'x' * 599}…")
    assert evaluation.metrics == ()
    assert evaluation.blocks == ()


def test_a_table_that_was_not_copied_is_refused_by_name() -> None:
    with pytest.raises(GroundworkError, match=r"`rates` was not copied \(table-copy-missing\)\nhint: add `rates` to `TABLES`"):
        CandidateResults(run="run-1", tables={}).table("rates")
