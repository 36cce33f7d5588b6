"""Decide whether a candidate passes: compare its metrics with the environment's thresholds, for any pipeline."""

from __future__ import annotations

import importlib
import importlib.util
import math
import sys
from collections.abc import Iterator, Mapping
from decimal import Decimal
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from groundwork.contract.factory_settings import Thresholds
from groundwork.contract.release import CLIENT
from groundwork.errors import GroundworkError
from groundwork.sdk.evaluation import Case, Evaluation, Metric

_RELEASE = CLIENT / "pipelines"
"""The pipelines of the client's release, regardless of the current folder and of `sys.path`."""


class Reason(BaseModel):
    """The result of one check, in one line."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str
    ok: bool


class GateResult(BaseModel):
    """The gate's decision on a candidate: it passes when every check does."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    passed: bool
    reasons: tuple[Reason, ...]


def gate(evaluation: Evaluation, thresholds: Mapping[str, Thresholds]) -> GateResult:
    """Compare an evaluation with the thresholds, which are named after the metrics.

    A metric exactly at its threshold passes. A threshold on a metric that was not measured fails; a comparison with a champion
    that does not exist passes, and the reason says so.
    """
    reasons = [Reason(text=problem, ok=False) for problem in evaluation.problems]
    reasons = reasons or [Reason(text="Results are valid.", ok=True)]
    metrics = {metric.name: metric for metric in evaluation.metrics}
    for name in sorted(thresholds):
        if name in metrics:
            reasons += _check(metrics[name], thresholds[name])
        else:
            reasons.append(Reason(text=f"{name}: not measured, and the environment sets a threshold for it", ok=False))
    return GateResult(passed=all(reason.ok for reason in reasons), reasons=tuple(reasons))


def evaluation_for(pipeline: str, case: Case) -> Evaluation:
    """Return the result of the release's `pipelines/<pipeline>/evaluation`; raises GroundworkError if there is none."""
    module = _evaluation(pipeline)
    evaluation: Any = module.evaluate(case)
    if not isinstance(evaluation, Evaluation):
        raise TypeError(f"{module.__name__}.evaluate returned {type(evaluation).__name__}, not Evaluation")
    return evaluation


def evaluated(pipeline: str) -> tuple[str, ...]:
    """Return the names of the tables that the release's evaluation reads; raises GroundworkError if it names none."""
    evaluation = _evaluation(pipeline)
    tables: Any = getattr(evaluation, "TABLES", None)
    if not isinstance(tables, tuple) or not tables or not all(isinstance(each, str) and each.isidentifier() for each in tables):
        raise GroundworkError(
            "tables-missing",
            f"{evaluation.__name__} does not name the tables that it reads",
            'add `TABLES`, such as `TABLES = ("results",)`: only evaluated tables are released',
        )
    return tables


def _evaluation(pipeline: str) -> Any:
    """Return the release's evaluation module; raises GroundworkError if there is none."""
    if not (pipeline.isascii() and pipeline.isidentifier()):
        raise GroundworkError(
            "pipeline-name-invalid", f"{pipeline!r} is not a valid name of a pipeline", "use the name of a folder in `pipelines/`"
        )
    _pin("pipelines", _RELEASE)
    _pin(f"pipelines.{pipeline}", _RELEASE / pipeline)
    if not (_RELEASE / pipeline / "evaluation" / "evaluate.py").is_file():
        raise GroundworkError(
            "evaluation-not-found",
            f"the release in {CLIENT} has no pipelines/{pipeline}/evaluation/evaluate.py",
            "add the file, and release the platform before you push candidates of this pipeline",
        )
    return importlib.import_module(f"pipelines.{pipeline}.evaluation.evaluate")


def _pin(name: str, folder: Path) -> None:
    """Register a package that has the release's folder only, without running its `__init__.py`.

    As a namespace package it would be merged from every folder on `sys.path`; and the `__init__.py` of a pipeline is part of
    pipeline changes, so a push could put code there that would run before the evaluation.
    """
    # decision 20: the evaluation runs only code of the platform's release
    if name not in sys.modules:
        spec = ModuleSpec(name, None, is_package=True)
        spec.submodule_search_locations = [str(folder)]
        sys.modules[name] = importlib.util.module_from_spec(spec)
    folders = {Path(path).resolve() for path in sys.modules[name].__path__}
    if folders != {folder}:
        raise GroundworkError(
            "pipelines-conflict",
            f"`{name}` has other folders than that of the release: {', '.join(sorted(map(str, folders)))}",
            "start the factory with `python -P`, in a folder and with a PYTHONPATH without `pipelines`",
        )


def _check(metric: Metric, thresholds: Thresholds) -> Iterator[Reason]:
    if not math.isfinite(metric.candidate):
        yield Reason(text=f"{metric.title}: {metric.candidate} is not a finite number", ok=False)
        return
    higher = metric.better == "higher"
    if thresholds.at_most is not None:
        yield _compare(metric, thresholds.at_most, "at_most", at_least=False)
    if thresholds.at_least is not None:
        yield _compare(metric, thresholds.at_least, "at_least", at_least=True)
    if thresholds.ratio_to_baseline is not None:
        yield _compare_ratio(metric, thresholds.ratio_to_baseline, metric.baseline, "baseline", at_least=higher)
    if thresholds.ratio_to_champion is not None and metric.champion is None:
        yield Reason(text=f"{metric.title}: no champion to compare with, skipped", ok=True)
    elif thresholds.ratio_to_champion is not None:
        yield _compare_ratio(metric, thresholds.ratio_to_champion, metric.champion, "champion", at_least=higher)


def _compare(metric: Metric, limit: float, key: str, *, at_least: bool) -> Reason:
    if not math.isfinite(limit):
        return Reason(text=f"{metric.title}: the threshold {key} is {limit}, not a finite number", ok=False)
    ok, sign = _relation(metric.candidate, limit, at_least=at_least)
    value, shown = _shown(metric, metric.candidate, limit)
    return Reason(text=f"{metric.title} {value} {sign} {shown} ({key})", ok=ok)


def _compare_ratio(metric: Metric, ratio: float, reference: float | None, name: str, *, at_least: bool) -> Reason:
    if reference is None:
        return Reason(text=f"{metric.title}: the {name} was not measured, and the environment compares with it", ok=False)
    if not math.isfinite(ratio * reference) or reference < 0:
        text = f"{metric.title}: cannot be compared with {ratio:g} x {name} {reference:g}"
        return Reason(text=text, ok=False)
    limit = float(Decimal(str(ratio)) * Decimal(str(reference)))  # in binary, 0.9 x 0.8 is more than 0.72
    ok, sign = _relation(metric.candidate, limit, at_least=at_least)
    value, theirs, shown = _shown(metric, metric.candidate, reference, limit)
    return Reason(text=f"{metric.title} {value} {sign} {shown} ({ratio:g} x {name} {theirs})", ok=ok)


def _relation(value: float, limit: float, *, at_least: bool) -> tuple[bool, str]:
    """Return whether a value is within its limit, equality included, and the sign that says so."""
    if at_least:
        return (True, ">=") if value >= limit else (False, "<")
    return (True, "<=") if value <= limit else (False, ">")


def _shown(metric: Metric, *values: float) -> list[str]:
    """Return values with as few digits as distinguish different ones, so that no line seems to contradict itself."""
    smallest = min((abs(value) for value in values if value and math.isfinite(value)), default=1.0)
    least = 1 if metric.share else max(2, 1 - math.floor(math.log10(smallest)))  # two significant digits of a small number
    for digits in range(least, 9):
        texts = [_number(metric, value, digits) for value in values]
        if len(set(texts)) == len(set(values)):
            return texts
    return [_number(metric, value, 1) if metric.share else f"{value:g}" for value in values]


def _number(metric: Metric, value: float, digits: int) -> str:
    return f"{100 * value:.{digits}f} %" if metric.share else f"{value:.{digits}f}"
