"""Exceptions from rules, each with a reason and an end date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence

from groundwork.environment.sections.exceptions import Exemption
from groundwork.policy.resource import Violation


def excused(findings: Iterable[Violation], exemptions: Sequence[Exemption], today: dt.date) -> Iterator[Violation]:
    """Yield the violations that no exception covers."""
    for violation in findings:
        matching = [one for one in exemptions if (one.rule, one.resource) == (violation.code, violation.resource)]
        if not matching:
            yield violation
        elif max(one.until for one in matching) < today:
            yield Violation(
                code="exception-expired",
                resource=violation.resource,
                reason=(
                    f"the exception from {violation.code} ended on {max(one.until for one in matching)}, and {violation.reason}"
                ),
                way_out=f"{violation.way_out}; or set a later `until` in `exceptions` after a review",
            )


def idle(findings: Iterable[Violation], exemptions: Sequence[Exemption]) -> Iterator[Violation]:
    """Yield unused exceptions: they would hide a future violation."""
    needed = {(violation.code, violation.resource) for violation in findings}
    for one in exemptions:
        if (one.rule, one.resource) not in needed:
            yield Violation(
                code="exception-idle",
                resource=one.resource,
                reason=f"nothing of that name breaks {one.rule}",
                way_out="remove the entry from `exceptions`",
            )
