"""Numbers as a person reads them."""

from __future__ import annotations

_THOUSAND, _WORDLESS = 1e3, 1e12
_UNITS = ((1e9, "G"), (1e6, "M"), (1e4, "k"))
_HARDLY = 0.0005


def metric(value: float, *, share: bool) -> str:
    """Return a metric with the digits that a decision needs."""
    if share:
        return f"{value:.1%}" if abs(value) < _THOUSAND else f"{value:.3g}"
    return number(value)


def number(value: float) -> str:
    """Return a number: whole ones whole, large ones without fractions, others with four digits."""
    size = abs(value)
    if size >= _WORDLESS:
        return f"{value:.4g}"
    if size >= _THOUSAND or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.4g}"


def axis(values: list[float], step: float) -> list[str]:
    """Return the labels of an axis' ticks at a distance of `step`, all in one unit."""
    most = max(abs(value) for value in values)
    size, letter = next(((unit, letter) for unit, letter in _UNITS if most >= unit), (1.0, ""))
    size = _THOUSAND if letter == "k" else size  # four digits read well, and stay
    if most >= _WORDLESS:
        return [f"{value:.2e}" for value in values]
    digits = next((digits for digits in range(9) if round(step / size * 10**digits, 6) % 1 == 0), 9)
    return [f"{value / size:.{digits}f}{letter}" if value else "0" for value in values]


def compared(candidate: float, other: float, *, lower_is_better: bool) -> tuple[str, str]:
    """Return `better`, `worse` or `same`, and by how much as a phrase."""
    if candidate == other:
        return "same", "the same"
    word = "better" if (candidate < other) == lower_is_better else "worse"
    if not other:
        return word, word
    share = abs(candidate - other) / abs(other)
    if share < _HARDLY:
        return "same", "practically the same"
    return word, f"{share:,.1%} {word}" if share < 10 else f"more than ten times {word}"  # noqa: PLR2004  ten, in words beside it
