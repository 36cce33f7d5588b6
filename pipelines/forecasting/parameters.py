"""The parameters of a run that a data scientist chooses. The environment decides the others, such as the holdout."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import ceil
from typing import TYPE_CHECKING, Any

from groundwork.sdk.platform import GroundworkError
from pipelines.forecasting.evaluation.constants import SEASON, stored_levels

if TYPE_CHECKING:
    from collections.abc import Mapping

MODELS = ("seasonal_naive", "seasonal_average", "mstl", "theta", "combination")
"""The models of `pipelines.forecasting.models`. On a tie the first one wins, so the simplest comes first."""


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """The parameters of one run; an impossible value raises GroundworkError."""

    horizon: int
    """Weeks to forecast after the last known week, for every series; 1 to 52."""
    levels: tuple[int, ...] = (80, 95)
    """Share of weeks, in per cent, that an interval should contain; each needs its columns in `tables/forecasts.json`."""
    models: tuple[str, ...] = MODELS
    """The models among which the backtest chooses, series by series."""
    windows: int = 8
    """Number of times that the backtest forecasts `horizon` weeks of the past."""
    step: int = 2
    """Weeks from one window of the backtest to the next."""

    def __post_init__(self) -> None:
        problems = [
            *_whole("horizon", self.horizon, 1, SEASON),
            *_whole("windows", self.windows, 2, SEASON),
            *_whole("step", self.step, 1, SEASON),
            *_among("levels", self.levels, stored_levels(), "or add its two columns to `tables/forecasts.json`"),
            *_among("models", self.models, MODELS, "or add a model to `pipelines/forecasting/models.py`"),
        ]
        problems = problems or self._too_few_errors()
        if problems:
            hints = "; ".join(hint for _, hint in problems)
            raise GroundworkError(
                "parameters-invalid", "; ".join(problem for problem, _ in problems), f"correct the parameters: {hints}"
            )

    @property
    def history_needed(self) -> int:
        """Weeks that a series needs, so that the first window of the backtest has one season."""
        return SEASON + self.horizon + (self.windows - 1) * self.step

    def to_struct(self) -> dict[str, Any]:
        """Return the parameters as kfp passes them from step to step."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    @classmethod
    def from_struct(cls, struct: Mapping[str, Any]) -> Parameters:
        """Read the parameters in a step, where every integer of a structure has become a float."""
        values: dict[str, Any] = {
            name: tuple(map(_restored, value)) if isinstance(value, list) else _restored(value) for name, value in struct.items()
        }
        return cls(**values)

    def _too_few_errors(self) -> list[tuple[str, str]]:
        """Refuse intervals that would be infinite."""
        errors, needed = self.horizon * self.windows, errors_needed(max(self.levels))
        if errors >= needed:
            return []
        return [
            (
                f"an interval of {max(self.levels)} % needs {needed} errors of the backtest, not {self.horizon} x {self.windows}",
                f"set `windows` to {ceil(needed / self.horizon)}, or remove the level",
            )
        ]


def errors_needed(level: int) -> int:
    """Return the least number of errors for a conformal interval: the smallest n with ceil((n + 1) * level / 100) <= n."""
    return ceil(level / (100 - level))


def _restored(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _whole(name: str, value: object, low: int, high: int) -> list[tuple[str, str]]:
    if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
        return []
    return [(f"`{name}` is {value!r}", f"`{name}` must be a whole number from {low} to {high}")]


def _among(name: str, values: object, known: tuple[object, ...], otherwise: str) -> list[tuple[str, str]]:
    choices = ", ".join(map(str, known))
    if not isinstance(values, tuple) or not values:
        return [(f"`{name}` is {values!r}", f"`{name}` must be a tuple with one or more of {choices}")]
    unknown = [value for value in values if value not in known]
    repeated = {value for value in values if values.count(value) > 1}
    return [(f"`{name}` has {value!r}, which is unknown", f"choose among {choices}, {otherwise}") for value in unknown] + [
        (f"`{name}` has {value!r} twice", "list each once") for value in sorted(repeated, key=str)
    ]
