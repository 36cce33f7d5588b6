"""The platform's own check of a candidate: its metrics against the environment's bounds. It knows no pipeline."""

from __future__ import annotations

import importlib
import importlib.util
import math
import sys
from collections.abc import Iterator, Mapping
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from groundwork.contract.factory_settings import Thresholds
from groundwork.contract.release import CLIENT
from groundwork.errors import GroundworkError
from groundwork.sdk.evaluation import Case, Evaluation, Metric

_RELEASE = CLIENT / "pipelines"
"""The pipelines of the client's release, regardless of the current folder and of PYTHONPATH."""


class Reason(BaseModel):
    """One thing that was looked at, in one sentence."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str
    ok: bool


class GateResult(BaseModel):
    """What the gate says of a candidate: it passes when every reason is in order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    passed: bool
    reasons: tuple[Reason, ...]


def gate(evaluation: Evaluation, bounds: Mapping[str, Thresholds]) -> GateResult:
    """Hold the evaluation against the bounds, which go by the metrics' names.

    A bound on what was not measured fails: silence is no good result. Only a comparison with a champion that is not there passes,
    and says so.
    """
    reasons = [Reason(text=problem, ok=False) for problem in evaluation.problems]
    reasons = reasons or [Reason(text="The results were checked and have no fault.", ok=True)]
    metrics = {metric.name: metric for metric in evaluation.metrics}
    for name in sorted(bounds):
        if name in metrics:
            reasons += _looked_at(metrics[name], bounds[name])
        else:
            reasons.append(Reason(text=f"There is no metric `{name}`, and the environment sets a threshold for it.", ok=False))
    return GateResult(passed=all(reason.ok for reason in reasons), reasons=tuple(reasons))


def evaluation_for(pipeline: str, case: Case) -> Evaluation:
    """Return what the release's own `pipelines/<pipeline>/evaluation` finds; raises GroundworkError where there is none."""
    module = _evaluation(pipeline)
    evaluation: Any = module.evaluate(case)
    if not isinstance(evaluation, Evaluation):
        raise TypeError(f"{module.__name__}.evaluate returned {type(evaluation).__name__}, not Evaluation")
    return evaluation


def evaluated(pipeline: str) -> tuple[str, ...]:
    """Return the names of the tables that the release's evaluation looks at; raises GroundworkError where it names none."""
    evaluation = _evaluation(pipeline)
    tables: Any = getattr(evaluation, "TABLES", None)
    if not isinstance(tables, tuple) or not tables or not all(isinstance(each, str) and each.isidentifier() for each in tables):
        raise GroundworkError(
            "no-tables",
            f"{evaluation.__name__} does not say which tables it looks at",
            'give it `TABLES`, such as `TABLES = ("forecasts",)`: what is in no evaluated table is not released',
        )
    return tables


def _evaluation(pipeline: str) -> Any:
    """Return the release's module; raises GroundworkError where there is none."""
    if not (pipeline.isascii() and pipeline.isidentifier()):
        raise GroundworkError("pipeline-name", f"{pipeline!r} cannot name a pipeline", "name a folder of `pipelines/`")
    _pin("pipelines", _RELEASE)
    _pin(f"pipelines.{pipeline}", _RELEASE / pipeline)
    if not (_RELEASE / pipeline / "evaluation" / "evaluate.py").is_file():
        raise GroundworkError(
            "no-evaluation",
            f"the release in {CLIENT} has no pipelines/{pipeline}/evaluation/evaluate.py",
            "release a platform that can evaluate this pipeline before its candidates",
        )
    return importlib.import_module(f"pipelines.{pipeline}.evaluation.evaluate")


def _pin(name: str, place: Path) -> None:
    """Make a package the release's alone, and run nothing of its own.

    Without `__init__.py` it would be merged from every folder on the path; and that of a pipeline is in its lane, so that a push
    could have left something there which would run before the evaluation does.
    """
    # decision 20: the evaluation runs only code of the platform's release
    if name not in sys.modules:
        spec = ModuleSpec(name, None, is_package=True)
        spec.submodule_search_locations = [str(place)]
        sys.modules[name] = importlib.util.module_from_spec(spec)
    places = {Path(found).resolve() for found in sys.modules[name].__path__}
    if places != {place}:
        raise GroundworkError(
            "pipelines-elsewhere",
            f"`{name}` is not the platform's alone: {', '.join(sorted(map(str, places)))}",
            "start the factory with `python -P`, in a folder and with a PYTHONPATH that have no `pipelines`",
        )


def _looked_at(metric: Metric, bounds: Thresholds) -> Iterator[Reason]:
    higher = metric.better == "higher"
    if not math.isfinite(metric.candidate):
        yield Reason(text=f"{metric.title} is {metric.candidate}, which is no measure of anything.", ok=False)
        return
    for bound, phrase, kept in (
        (bounds.at_most, "at most", bounds.at_most is not None and metric.candidate <= bounds.at_most),
        (bounds.at_least, "at least", bounds.at_least is not None and metric.candidate >= bounds.at_least),
    ):
        if bound is not None:
            value, limit = _shown(metric, metric.candidate, bound)
            text = f"{metric.title} is {value}; {phrase} {limit} is asked for."
            yield Reason(text=text, ok=math.isfinite(bound) and kept)
    if bounds.ratio_to_baseline is not None:
        yield _compared(metric, bounds.ratio_to_baseline, metric.baseline, "the naive result", higher=higher)
    if bounds.ratio_to_champion is not None:
        if metric.champion is None:
            yield Reason(text=f"{metric.title} has no champion to be compared with on the same weeks.", ok=True)
        else:
            yield _compared(metric, bounds.ratio_to_champion, metric.champion, "the champion", higher=higher)


def _compared(metric: Metric, factor: float, reference: float | None, whose: str, *, higher: bool) -> Reason:
    if reference is None:
        return Reason(text=f"{metric.title} of {whose} is not known, and the environment compares with it.", ok=False)
    limit = factor * reference
    if not math.isfinite(limit) or reference < 0:
        text = f"{metric.title} cannot be compared with {whose}: {factor:g} times {reference:g} says nothing."
        return Reason(text=text, ok=False)
    value, theirs, shown = _shown(metric, metric.candidate, reference, limit)
    asked = f"{'at least' if higher else 'at most'} {factor:g} times {whose}'s {theirs} is asked for, which is {shown}"
    return Reason(
        text=f"{metric.title} is {value}; {asked}.", ok=metric.candidate >= limit if higher else metric.candidate <= limit
    )


def _shown(metric: Metric, *values: float) -> list[str]:
    """Return values in as few digits as keep different ones apart, so that no sentence seems to contradict itself."""
    for digits in range(1 if metric.share else 2, 9):
        texts = [f"{value:.{digits}%}" if metric.share else f"{value:.{digits}f}" for value in values]
        if len(set(texts)) == len(set(values)):
            return texts
    return [f"{value:.1%}" if metric.share else f"{value:g}" for value in values]
