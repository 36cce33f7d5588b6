"""The contract between the platform's gate and report and a pipeline's evaluation; neither knows the other.

Each pipeline has a module `pipelines/<name>/evaluation/evaluate.py` with a function `evaluate(case: Case) -> Evaluation`, and
`TABLES`, the names of the tables that it evaluates. The factory imports it from the platform's release, never from a candidate's
commit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from groundwork.errors import GroundworkError
from groundwork.ports.warehouse import Warehouse
from groundwork.printable import one_line
from groundwork.sdk.report_blocks import Block

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

_LONGEST_PROBLEM = 600


@dataclass(frozen=True, kw_only=True)
class CandidateResults:
    """A candidate's results, as the factory copied them; nothing queries the candidate's own tables."""

    run: str
    tables: Mapping[str, pd.DataFrame]

    def table(self, name: str) -> pd.DataFrame:
        """Return the run's rows in one of the tables that `TABLES` names, without their batch."""
        if name not in self.tables:
            raise GroundworkError(
                "table-copy-missing",
                f"the candidate's table `{name}` was not copied",
                f"add `{name}` to `TABLES` of the pipeline's evaluation",
            )
        return self.tables[name].copy()


@dataclass(frozen=True, kw_only=True)
class ChampionResults:
    """The champion's results, in the tables of the environment's own deployment: the rows with `batch = run`."""

    dataset: str
    """`project.dataset`."""
    run: str


@dataclass(frozen=True, kw_only=True)
class Case:
    """The results to evaluate, and the data to measure them on."""

    warehouse: Warehouse
    """As the factory's identity: it may read the raw tables and the champion's results, which a candidate may not."""
    raw: str
    """`project.dataset` of the client's raw tables, the holdout included."""
    holdout_weeks: int
    """The newest weeks that the candidate did not have; 0: there are no actuals to measure on."""
    candidate: CandidateResults
    champion: ChampionResults | None


class Metric(BaseModel):
    """One number that measures the quality of the results."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str
    """The name of the metric's thresholds in the environment file."""
    title: str
    better: Literal["lower", "higher"]
    share: bool
    """Whether the report shows it in per cent."""
    candidate: float
    baseline: float | None
    champion: float | None
    """None without a champion, or if its results cannot be measured on the same holdout."""


class Evaluation(BaseModel):
    """The result of an evaluation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    metrics: tuple[Metric, ...]
    baseline_name: Annotated[str, Field(pattern=r"^(?:[A-Za-z0-9][A-Za-z0-9 -]{0,39})?$")] = ""
    """The baseline of every metric that has one, as report and gate name it, such as `last week`."""
    problems: tuple[str, ...]
    """Faults of the results; the gate fails on any, regardless of the metrics."""
    blocks: tuple[Block, ...]
    """Content for the report."""

    @model_validator(mode="after")
    def _named(self) -> Self:
        if not self.baseline_name and any(metric.baseline is not None for metric in self.metrics):
            raise ValueError("a metric has a baseline: set its name in `baseline_name`")
        return self

    @classmethod
    def of_problems(cls, problems: Iterable[str]) -> Self:
        """Return the evaluation of results that cannot be measured: the problems, printable and cut to 600 characters each."""
        texts = map(one_line, problems)
        cut = (text if len(text) <= _LONGEST_PROBLEM else f"{text[: _LONGEST_PROBLEM - 1]}…" for text in texts)
        return cls(metrics=(), problems=tuple(cut), blocks=())
