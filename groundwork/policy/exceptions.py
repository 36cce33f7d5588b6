"""What is let pass although a rule refuses it: each with a reason and a last day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence

from groundwork.environment.sections.exceptions import Exemption
from groundwork.policy.resource import Finding


def excused(findings: Iterable[Finding], exemptions: Sequence[Exemption], today: dt.date) -> Iterator[Finding]:
    """Yield what no exception lets pass."""
    for found in findings:
        matching = [one for one in exemptions if (one.rule, one.resource) == (found.code, found.resource)]
        if not matching:
            yield found
        elif max(one.until for one in matching) < today:
            yield Finding(
                code="exception-expired",
                resource=found.resource,
                reason=f"the exception from {found.code} ended on {max(one.until for one in matching)}, and {found.reason}",
                way_out=f"{found.way_out}; or decide again, with a later day in `exceptions`",
            )


def idle(findings: Iterable[Finding], exemptions: Sequence[Exemption]) -> Iterator[Finding]:
    """Yield exceptions that nothing needs: the next one who breaks the rule there would not hear of it."""
    needed = {(found.code, found.resource) for found in findings}
    for one in exemptions:
        if (one.rule, one.resource) not in needed:
            yield Finding(
                code="exception-idle",
                resource=one.resource,
                reason=f"nothing of that name breaks {one.rule}",
                way_out="take the line out of `exceptions`",
            )
