"""Reads the sales, with the pipeline's own SQL."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.forecasting.evaluation.checks import check_actuals, check_history

if TYPE_CHECKING:
    import pandas as pd

    from groundwork.sdk.platform import Scalar, Warehouse

_QUERIES = Path(__file__).parent / "queries"


def retrieve_history(warehouse: Warehouse, sales: str, *, holdout_weeks: int, needed: int) -> pd.DataFrame:
    """Return the checked sales of every series up to the cutoff.

    `sales` is the table's full name; each series must have `needed` weeks.
    """
    return check_history(_query(warehouse, "history.sql", sales, holdout_weeks=holdout_weeks), needed=needed)


def retrieve_actuals(warehouse: Warehouse, sales: str, *, expected: pd.DataFrame) -> pd.DataFrame:
    """Return the checked sales of the expected series and weeks, which lie after the cutoff."""
    first, last = expected["week"].min().date(), expected["week"].max().date()
    return check_actuals(_query(warehouse, "actuals.sql", sales, first_week=first, last_week=last), expected=expected)


def _query(warehouse: Warehouse, file: str, sales: str, **parameters: Scalar) -> pd.DataFrame:
    return warehouse.query((_QUERIES / file).read_text(), tables={"sales": sales}, parameters=parameters)
