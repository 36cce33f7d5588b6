"""The metrics of a candidate compared with the champion's and the baseline's, in numbers and in words."""

from __future__ import annotations

from dataclasses import dataclass

from groundwork.factory.report import number_format
from groundwork.factory.report.text import line
from groundwork.sdk.evaluation import Metric


@dataclass(frozen=True, kw_only=True)
class Reference:
    """The champion or the baseline, compared with the candidate."""

    name: str
    """As a sentence names it."""

    value: str
    word: str
    """The candidate is `better`, `worse` or the `same`."""
    phrase: str
    """The same with its size."""

    @property
    def sentence(self) -> str:
        """The comparison in words."""
        return f"{self.phrase} {'as' if self.word == 'same' else 'than'} {self.name}"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table of metrics."""

    title: str
    direction: str
    candidate: str
    champion: Reference | None
    baseline: Reference | None

    @property
    def sentence(self) -> str:
        """The comparisons in words."""
        return "; ".join(reference.sentence for reference in (self.champion, self.baseline) if reference) or "not compared"


def baseline_heading(name: str) -> str:
    """Return the heading of the baseline's column."""
    return f"Baseline ({name})" if name else "Baseline"


def row_of(metric: Metric, baseline_name: str) -> Row:
    """Return one metric as a row of the table."""
    return Row(
        title=line(metric.title, 80),
        direction=f"{metric.better} is better",
        candidate=number_format.metric(metric.candidate, share=metric.share),
        champion=_reference(metric, metric.champion, "the champion"),
        baseline=_reference(metric, metric.baseline, baseline_name),
    )


def _reference(metric: Metric, value: float | None, name: str) -> Reference | None:
    if value is None:
        return None
    word, phrase = number_format.compared(metric.candidate, value, lower_is_better=metric.better == "lower")
    return Reference(name=name, value=number_format.metric(value, share=metric.share), word=word, phrase=phrase)
