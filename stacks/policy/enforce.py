"""Hold a whole program against the rules, before Pulumi registers the first of its resources.

Every resource that the program makes is written down, and made to wait for one verdict, which falls when the program has run to
its end and before anything of it is registered: a refused program has changed nothing, and tells everything that is wrong with
it at once. What is not known then, because a provider computes it, is judged when it is known: during a preview.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any

import pulumi

from groundwork.errors import GroundworkError
from stacks.policy import grants, resources
from stacks.policy.exceptions import excused, idle
from stacks.policy.made import Demands, Finding, Made
from stacks.sections.exceptions import Exemption

RUNTIME: Any = pulumi.runtime  # which has no types where we need it
OUTPUT: Any = pulumi.Output  # whose types know no coroutines


def enforce(
    demands: Demands, exemptions: Sequence[Exemption], today: dt.date, masked: Callable[[str], str] = lambda text: text
) -> None:
    """Hold everything that the program makes from here on against the rules. It raises pulumi.RunError where Pulumi runs it.

    `masked` takes out of what is told what nobody may read.
    """
    program = _Program(demands, exemptions, today, masked)
    RUNTIME.register_stack_transformation(program.note)


class _Program:
    """What a program has asked for, and the verdict on it."""

    def __init__(self, demands: Demands, exemptions: Sequence[Exemption], today: dt.date, masked: Callable[[str], str]) -> None:
        self.demands, self.exemptions, self.today, self.masked = demands, exemptions, today, masked
        self.everything: list[Made] = []
        self.over = False
        self.verdict: pulumi.Output[Any] = OUTPUT.from_input(self._first())

    def note(self, asked: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        """Write a resource down and make it wait."""
        if self.over:  # another program in the same process
            return None
        if asked.type_.startswith("gcp:"):
            protected = bool(asked.opts.protect)
            self.everything.append(Made(type=asked.type_, name=asked.name, given=dict(asked.props), protected=protected))
        waiting = pulumi.ResourceOptions.merge(asked.opts, pulumi.ResourceOptions(depends_on=self.verdict))
        return pulumi.ResourceTransformationResult(props=asked.props, opts=waiting)

    async def _first(self) -> list[pulumi.Resource]:
        """Judge what is known when the program has run; nothing of it is registered before."""
        self.over = True
        found = sorted(judged(self.everything, self.demands))
        if refused := list(excused(found, self.exemptions, self.today)):
            raise _refused(refused, self.masked)
        OUTPUT.from_input(self._second())
        return []

    async def _second(self) -> None:
        """Judge everything again with what has become known of it; what is still not known, is judged once it exists."""
        known = [dataclasses.replace(made, given=await _known(made.given)) for made in self.everything]
        found = sorted(judged(known, self.demands))
        if refused := [*excused(found, self.exemptions, self.today), *idle(found, self.exemptions)]:
            raise _refused(refused, self.masked)


def judged(everything: Sequence[Made], demands: Demands) -> Iterator[Finding]:
    """Yield everything that is wrong with a program's resources."""
    for made in everything:
        for rule in (*resources.RULES, *grants.RULES):
            yield from rule(made, demands)
    yield from grants.powers(everything, demands)


async def _known(given: Any) -> dict[str, Any]:
    known = dict(given)
    for name, value in given.items():
        if isinstance(value, pulumi.Output):
            future: Awaitable[Any] = value.future()
            try:
                known[name] = await future
            except Exception:  # noqa: BLE001  whatever keeps it from being known is told by the resource that it comes from
                known[name] = None
    return known


def _refused(findings: Sequence[Finding], masked: Callable[[str], str]) -> pulumi.RunError:
    count = "a rule" if len(findings) == 1 else f"rules in {len(findings)} places"
    listed = "".join(f"\n  {masked(str(found))}" for found in findings)
    error = GroundworkError(
        "policy-refused",
        f"the program breaks {count}:{listed}",
        "put right what is listed, or give it a line in `exceptions` with a reason and a last day: docs/guides/policy.md",
    )
    return pulumi.RunError(str(error))
