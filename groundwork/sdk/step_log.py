"""The log of a running step: one JSON line per event on stdout, with `time`, `level`, `step` and `event`."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import structlog

from groundwork.errors import GroundworkError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def step_log(step: str, **bound: Any) -> Iterator[structlog.typing.FilteringBoundLogger]:
    """Yield the logger of a step; log an error that leaves the block."""
    log = structlog.wrap_logger(
        structlog.PrintLogger(sys.stdout),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            structlog.processors.JSONRenderer(default=str),
        ],
        wrapper_class=structlog.make_filtering_bound_logger("info"),
        cache_logger_on_first_use=True,
        step=step,
        **bound,
    )
    try:
        yield log
    except GroundworkError as error:
        log.error(error.message, code=error.code, hint=error.hint)  # noqa: TRY400  a user's error needs no traceback
        raise
    except Exception as error:
        log.error("unexpected error", error=repr(error), code="bug")  # noqa: TRY400  it keeps its traceback on stderr
        raise
