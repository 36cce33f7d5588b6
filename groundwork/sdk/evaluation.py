"""What the gate and the report go by: how a pipeline says what its forecasts are worth, without either knowing the pipeline.

Each pipeline has a module `pipelines/<name>/evaluation/evaluate.py` with a function `evaluate(case: Case) -> Evaluation`, and
`TABLES`, the names of the tables that it looks at. The factory takes it from the platform's release, never from a candidate's
commit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict

from groundwork.errors import GroundworkError
from groundwork.ports.warehouse import Warehouse
from groundwork.sdk.report_blocks import Block

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class Copied:
    """A candidate's results, as the factory copied them: its own tables are never queried."""

    run: str
    tables: Mapping[str, pd.DataFrame]

    def table(self, name: str) -> pd.DataFrame:
        """Return the run's rows in one of the tables that `TABLES` names, without their batch."""
        if name not in self.tables:
            raise GroundworkError(
                "not-copied", f"the candidate's table `{name}` was not copied", "name it in the evaluation's `TABLES`"
            )
        return self.tables[name].copy()


@dataclass(frozen=True, kw_only=True)
class Stored:
    """Results in the tables of the environment's own deployment: `batch = run`."""

    dataset: str
    """`project.dataset`."""
    run: str


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is to be evaluated, and on what."""

    warehouse: Warehouse
    """Seen by the factory's identity, which may read what the candidate may not: raw tables, and the champion's results."""
    raw: str
    """`project.dataset` of the client's raw tables, the held-out weeks included."""
    holdout_weeks: int
    """0 where there are no actuals to measure on."""
    candidate: Copied
    champion: Stored | None


class Metric(BaseModel):
    """One number that says how good the results are."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str
    """As thresholds in the environment file name it."""
    title: str
    better: Literal["lower", "higher"]
    share: bool
    """Whether it is shown in per cent."""
    candidate: float
    baseline: float | None
    champion: float | None
    """None where there is no champion, or its results cannot be measured on the same weeks."""


class Evaluation(BaseModel):
    """What came out of looking."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    metrics: tuple[Metric, ...]
    problems: tuple[str, ...]
    """What is wrong with the results whatever the metrics say: the gate fails on any."""
    blocks: tuple[Block, ...]
    """For the report."""
