"""The figures of a candidate beside the champion's and seasonal naive's, with the comparison in words."""

from __future__ import annotations

from dataclasses import dataclass

from groundwork.factory.report import number_format
from groundwork.factory.report.text import line
from groundwork.sdk.evaluation import Figure


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
    """One line of the table of figures."""

    title: str
    direction: str
    candidate: str
    champion: Beside | None
    naive: Beside | None

    @property
    def sentence(self) -> str:
        """The comparison in words."""
        known = [(self.champion, "the champion"), (self.naive, "seasonal naive")]
        said = [f"{beside.phrase} {'as' if beside.word == 'same' else 'than'} {whom}" for beside, whom in known if beside]
        return "; ".join(said) or "nothing to compare with"


def row_of(figure: Figure) -> Row:
    """Return one figure as it is shown."""
    return Row(
        title=line(figure.title, 80),
        direction=f"{figure.better} is better",
        candidate=number_format.figure(figure.candidate, share=figure.share),
        champion=_beside(figure, figure.champion),
        naive=_beside(figure, figure.naive),
    )


def _beside(figure: Figure, other: float | None) -> Beside | None:
    if other is None:
        return None
    word, phrase = number_format.apart(figure.candidate, other, lower_is_better=figure.better == "lower")
    return Beside(value=number_format.figure(other, share=figure.share), word=word, phrase=phrase)
