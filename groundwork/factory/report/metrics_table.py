"""The metrics of a candidate beside the champion's and seasonal naive's, with the comparison in words."""

from __future__ import annotations

from dataclasses import dataclass

from groundwork.factory.report import number_format
from groundwork.factory.report.text import line
from groundwork.sdk.evaluation import Metric


@dataclass(frozen=True, kw_only=True)
class Beside:
    """One of those that a candidate is measured by."""

    value: str
    word: str
    """`better`, `worse` or `same`: what the candidate is."""
    phrase: str
    """The same with a measure."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table of metrics."""

    title: str
    direction: str
    candidate: str
    champion: Beside | None
    baseline: Beside | None

    @property
    def sentence(self) -> str:
        """The comparison in words."""
        known = [(self.champion, "the champion"), (self.baseline, "seasonal naive")]
        said = [f"{beside.phrase} {'as' if beside.word == 'same' else 'than'} {whom}" for beside, whom in known if beside]
        return "; ".join(said) or "nothing to compare with"


def row_of(metric: Metric) -> Row:
    """Return one metric as it is shown."""
    return Row(
        title=line(metric.title, 80),
        direction=f"{metric.better} is better",
        candidate=number_format.metric(metric.candidate, share=metric.share),
        champion=_beside(metric, metric.champion),
        baseline=_beside(metric, metric.baseline),
    )


def _beside(metric: Metric, other: float | None) -> Beside | None:
    if other is None:
        return None
    word, phrase = number_format.apart(metric.candidate, other, lower_is_better=metric.better == "lower")
    return Beside(value=number_format.metric(other, share=metric.share), word=word, phrase=phrase)
