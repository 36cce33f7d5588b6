"""Which candidates pass the gate; and that the evaluation is the release's, wherever the factory is started."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from groundwork.contract.factory_settings import Thresholds
from groundwork.errors import GroundworkError
from groundwork.factory.gate import GateResult, evaluated, evaluation_for, gate
from groundwork.sdk.evaluation import Case, Copied, Evaluation, Metric

ROOT = Path(__file__).parents[3]
NOTHING: Any = None
CASE = Case(warehouse=NOTHING, raw="p.raw", holdout_weeks=0, candidate=Copied(run="run-1", tables={}), champion=None)


def error(candidate: float, baseline: float | None = 0.075, champion: float | None = 0.07) -> Evaluation:
    metric = Metric.model_construct(
        name="wape", title="WAPE", better="lower", share=True, candidate=candidate, baseline=baseline, champion=champion
    )
    return Evaluation.model_construct(metrics=(metric,), problems=(), blocks=())


def coverage(candidate: float, champion: float | None, baseline: float | None = None) -> Evaluation:
    metric = Metric.model_construct(
        name="coverage", title="Coverage", better="higher", share=True, candidate=candidate, baseline=baseline, champion=champion
    )
    return Evaluation.model_construct(metrics=(metric,), problems=(), blocks=())


def texts(decision: GateResult, *, ok: bool) -> list[str]:
    return [reason.text for reason in decision.reasons if reason.ok is ok]


def test_a_candidate_within_every_threshold_passes_with_a_line_for_each() -> None:
    decision = gate(error(0.066), {"wape": Thresholds(at_most=0.12, ratio_to_baseline=1.05, ratio_to_champion=1.1)})
    assert decision.passed
    assert texts(decision, ok=True) == [
        "Results are valid.",
        "WAPE 6.6 % <= 12.0 % (at_most)",
        "WAPE 6.6 % <= 7.9 % (1.05 x baseline 7.5 %)",
        "WAPE 6.6 % <= 7.7 % (1.1 x champion 7.0 %)",
    ]
    assert GateResult.model_validate_json(decision.model_dump_json()) == decision


@pytest.mark.parametrize(
    ("evaluation", "thresholds", "text"),
    [
        (error(0.13), Thresholds(at_most=0.12), "WAPE 13.0 % > 12.0 % (at_most)"),
        (error(0.12001), Thresholds(at_most=0.12), "WAPE 12.001 % > 12.000 % (at_most)"),
        (coverage(0.5, None), Thresholds(at_least=0.7), "Coverage 50.0 % < 70.0 % (at_least)"),
        (
            error(0.09),
            Thresholds(ratio_to_baseline=1.05),
            "WAPE 9.0 % > 7.9 % (1.05 x baseline 7.5 %)",
        ),
        (
            error(0.09),
            Thresholds(ratio_to_champion=1.1),
            "WAPE 9.0 % > 7.7 % (1.1 x champion 7.0 %)",
        ),
        (
            coverage(0.6, 0.8),
            Thresholds(ratio_to_champion=0.9),
            "Coverage 60.0 % < 72.0 % (0.9 x champion 80.0 %)",
        ),
        (
            error(0.01, champion=0.0),
            Thresholds(ratio_to_champion=1.1),
            "WAPE 1.0 % > 0.0 % (1.1 x champion 0.0 %)",
        ),
        (
            error(0.01, baseline=None),
            Thresholds(ratio_to_baseline=1.1),
            "WAPE: the baseline was not measured, and the environment compares with it",
        ),
        (
            error(0.01, champion=-1.0),
            Thresholds(ratio_to_champion=1.1),
            "WAPE: cannot be compared with 1.1 x champion -1",
        ),
        (error(float("nan")), Thresholds(at_most=0.12), "WAPE: nan is not a finite number"),
        (error(float("inf")), Thresholds(at_least=0.12), "WAPE: inf is not a finite number"),
        (
            error(0.01, baseline=float("nan")),
            Thresholds(ratio_to_baseline=1.1),
            "WAPE: cannot be compared with 1.1 x baseline nan",
        ),
        (error(0.01), Thresholds(at_most=float("inf")), "WAPE: the threshold at_most is inf, not a finite number"),
    ],
)
def test_a_missed_threshold_fails_and_shows_the_numbers(evaluation: Evaluation, thresholds: Thresholds, text: str) -> None:
    decision = gate(evaluation, {evaluation.metrics[0].name: thresholds})
    assert not decision.passed
    assert texts(decision, ok=False) == [text]


def test_a_threshold_on_a_metric_that_was_not_measured_fails() -> None:
    decision = gate(Evaluation(metrics=(), problems=(), blocks=()), {"wape": Thresholds(at_most=0.12)})
    assert not decision.passed
    assert texts(decision, ok=False) == ["wape: not measured, and the environment sets a threshold for it"]


def test_a_first_champion_needs_no_champion_to_beat() -> None:
    decision = gate(error(0.066, champion=None), {"wape": Thresholds(ratio_to_champion=1.1)})
    assert decision.passed
    assert "WAPE: no champion to compare with, skipped" in texts(decision, ok=True)


EQUAL: list[tuple[Evaluation, Thresholds, float, str]] = [
    (error(0.12), Thresholds(at_most=0.12), 1, "WAPE 12.0 % <= 12.0 % (at_most)"),
    (coverage(0.7, None), Thresholds(at_least=0.7), -1, "Coverage 70.0 % >= 70.0 % (at_least)"),
    (error(0.07875), Thresholds(ratio_to_baseline=1.05), 1, "WAPE 7.9 % <= 7.9 % (1.05 x baseline 7.5 %)"),
    (error(0.077), Thresholds(ratio_to_champion=1.1), 1, "WAPE 7.7 % <= 7.7 % (1.1 x champion 7.0 %)"),
    (coverage(0.72, 0.8), Thresholds(ratio_to_champion=0.9), -1, "Coverage 72.0 % >= 72.0 % (0.9 x champion 80.0 %)"),
    (coverage(0.72, None, 0.8), Thresholds(ratio_to_baseline=0.9), -1, "Coverage 72.0 % >= 72.0 % (0.9 x baseline 80.0 %)"),
]


@pytest.mark.parametrize(("evaluation", "thresholds", "worse", "text"), EQUAL)
def test_a_metric_exactly_at_its_threshold_passes_and_the_next_worse_number_fails(
    evaluation: Evaluation, thresholds: Thresholds, worse: float, text: str
) -> None:
    """Also where the product of two numbers in binary is not the product that people read: 0.9 x 0.8 is 0.72."""
    (metric,) = evaluation.metrics
    decision = gate(evaluation, {metric.name: thresholds})
    assert (True, ["Results are valid.", text]) == (decision.passed, texts(decision, ok=True))

    next_worse = metric.model_copy(update={"candidate": math.nextafter(metric.candidate, worse * math.inf)})
    assert not gate(evaluation.model_copy(update={"metrics": (next_worse,)}), {metric.name: thresholds}).passed


def test_as_good_as_a_perfect_one_passes() -> None:
    assert gate(error(0.0, baseline=0.0, champion=0.0), {"wape": Thresholds(ratio_to_baseline=1.0, ratio_to_champion=1.0)}).passed


def test_a_problem_fails_whatever_the_metrics_say() -> None:
    evaluation = error(0.01).model_copy(update={"problems": ("A week is there twice.",)})
    decision = gate(evaluation, {"wape": Thresholds(at_most=0.12)})
    assert not decision.passed
    assert texts(decision, ok=False) == ["A week is there twice."]


def test_valid_results_pass_without_thresholds() -> None:
    assert gate(Evaluation(metrics=(), problems=(), blocks=()), {}).passed


@pytest.mark.parametrize("name", ["", "..", "a.b", "../forecasting", "forecasting/x", "os;", "é"])
def test_what_is_no_name_of_a_pipeline_is_refused(name: str) -> None:
    with pytest.raises(GroundworkError) as refusal:
        evaluation_for(name, CASE)
    assert refusal.value.code == "pipeline-name-invalid"


def test_a_pipeline_that_the_release_cannot_evaluate_is_refused() -> None:
    with pytest.raises(GroundworkError, match=r"has no pipelines/pricing/evaluation/evaluate\.py"):
        evaluation_for("pricing", CASE)


def test_the_release_says_which_tables_are_evaluated() -> None:
    assert ("forecasts",) == evaluated("forecasting")


@pytest.mark.parametrize("tables", [None, (), "forecasts", ["forecasts"], ("fore casts",), ("../serving",), (1,)])
def test_an_evaluation_that_does_not_name_its_tables_is_refused(tables: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    evaluated("forecasting")
    monkeypatch.setattr(sys.modules["pipelines.forecasting.evaluation.evaluate"], "TABLES", tables)
    with pytest.raises(GroundworkError) as refusal:
        evaluated("forecasting")
    assert refusal.value.code == "tables-missing"


FORGED = "open({mark!r}, 'a').write(__file__)\nraise SystemExit(0)\n"
REWRITTEN = (
    "pipelines/__init__.py",
    "pipelines/forecasting/__init__.py",
    "pipelines/forecasting/evaluation/__init__.py",
    "pipelines/forecasting/evaluation/evaluate.py",
    "pipelines/forecasting/evaluation/measures.py",
    "pipelines/forecasting/evaluation/checks.py",
    "pipelines/forecasting/pipeline.py",
    "groundwork/__init__.py",
    "groundwork/factory/gate.py",
    "groundwork/sdk/evaluation.py",
    "tests/conftest.py",
    "conftest.py",
    "sitecustomize.py",
    "pandas.py",
    "pydantic.py",
)
ASK = """
import json, sys
from groundwork.factory import gate
from groundwork.sdk.evaluation import Case, Copied
case = Case(warehouse=None, raw="p.raw", holdout_weeks=0, candidate=Copied(run="r", tables={}), champion=None)
try:
    gate.evaluation_for("forecasting", case)
except AttributeError:
    pass  # the evaluation asked the warehouse that is not there
except Exception as error:
    print(getattr(error, "code", repr(error)), file=sys.stderr)
own = "pipelines.forecasting.evaluation"
used = [sys.modules.get(name) for name in (f"{own}.evaluate", f"{own}.measures", "pandas")]
print(json.dumps([gate.__file__, *(module and module.__file__ for module in used)]))
"""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A candidate's checkout in which everything that could evaluate has been rewritten; `mark` tells whether any of it ran."""
    checkout = tmp_path_factory.mktemp("candidate")
    for name in REWRITTEN:
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / name).write_text(FORGED.format(mark=str(checkout / "mark")))
    (checkout / "cloudbuild").mkdir()
    (checkout / "cloudbuild/candidate.yaml").write_text("steps: []\n")
    return checkout


def asked(hostile: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(
        [sys.executable, "-P", "-c", ASK],
        cwd=hostile, env={**environment, **variables}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_candidates_checkout_as_the_current_folder_has_no_say_in_its_evaluation(hostile: Path) -> None:
    done = asked(hostile)
    assert done.returncode == 0, done.stderr
    files = json.loads(done.stdout)
    assert files[:3] == [
        str(ROOT / name)
        for name in (
            "groundwork/factory/gate.py",
            "pipelines/forecasting/evaluation/evaluate.py",
            "pipelines/forecasting/evaluation/measures.py",
        )
    ]
    assert not files[3].startswith(str(hostile))
    assert not (hostile / "mark").exists()


def test_even_a_path_with_the_candidates_pipelines_first_leads_to_the_releases(hostile: Path, tmp_path: Path) -> None:
    """As a namespace, `pipelines` would be merged, and the first folder on the path would win."""
    forged = tmp_path / "pipelines/forecasting/evaluation"
    forged.mkdir(parents=True)
    (forged / "evaluate.py").write_text(FORGED.format(mark=str(hostile / "mark")))
    done = asked(hostile, PYTHONPATH=str(tmp_path))
    assert json.loads(done.stdout)[1] == str(ROOT / "pipelines/forecasting/evaluation/evaluate.py"), done.stderr
    assert not (hostile / "mark").exists()


def test_pipelines_that_were_merged_before_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    package = type(sys)("pipelines")
    package.__path__ = [str(tmp_path), str(ROOT / "pipelines")]
    monkeypatch.setitem(sys.modules, "pipelines", package)
    with pytest.raises(GroundworkError) as refusal:
        evaluation_for("forecasting", CASE)
    assert refusal.value.code == "pipelines-conflict"
