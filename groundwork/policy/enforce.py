"""Hold a whole program against the rules, before Pulumi registers the first of its resources.

Every resource that the program makes is recorded, and waits for one result, which is known when the program has run to
its end and before anything of it is registered: a refused program has changed nothing, and tells everything that is wrong with
it at once. A value that a provider computes is checked when it is known: in a preview all together, in an
`up` each resource by itself before it is made. What the program makes only when something else is known (inside an `apply`) is
evaluated on the spot, and can have no exception.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pulumi

from groundwork.environment.sections.exceptions import Exemption
from groundwork.errors import GroundworkError
from groundwork.policy import grants, indirect_access, internet, resources, types
from groundwork.policy.exceptions import excused, idle
from groundwork.policy.members import number
from groundwork.policy.resource import Demands, Finding, Made

RUNTIME: Any = pulumi.runtime  # which has no types where we need it
OUTPUT: Any = pulumi.Output  # whose types know no coroutines
RULES = (*resources.RULES, *internet.RULES, *grants.RULES, *indirect_access.RULES, *types.RULES)
AGENTS = {
    "gcp:logging/projectSink:ProjectSink": "writer_identity",
    "gcp:projects/serviceIdentity:ServiceIdentity": "member",
}
"""Types by which Google names an agent of the project, and the output that does."""


def enforce(
    demands: Demands, exemptions: Sequence[Exemption], today: dt.date, masked: Callable[[str], str] = lambda text: text
) -> None:
    """Hold everything that the program makes from here on against the rules. It raises pulumi.RunError where Pulumi runs it.

    `masked` takes out of what is told what nobody may read.
    """
    program = _Program(demands, exemptions, today, masked)
    RUNTIME.register_stack_transformation(program.note)


class _Program:
    """What a program has asked for, and the review decision on it."""

    def __init__(self, demands: Demands, exemptions: Sequence[Exemption], today: dt.date, masked: Callable[[str], str]) -> None:
        self.demands, self.exemptions, self.today, self.masked = demands, exemptions, today, masked
        self.root = RUNTIME.get_root_resource()
        self.everything: list[Made] = []
        self.agents: list[Any] = []
        self.over = False
        self.decision: pulumi.Output[Any] = OUTPUT.from_input(self._first())

    def note(self, asked: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        """Write a resource down and make it wait; raises RunError for one that is late and breaks a rule."""
        if RUNTIME.get_root_resource() is not self.root:  # another program in the same process
            return None
        props = {name: _awaited(value) for name, value in dict(asked.props).items()}
        waits = self.decision
        if not _component(asked):
            made = _made(asked, props)
            if self.over:
                self._refuse(evaluated([*self.everything, made], self.demands, of=made))
            elif asked.type_ in AGENTS:
                self.agents.append((asked.resource, AGENTS[asked.type_]))
            if made.computed and (self.over or not RUNTIME.is_dry_run()):
                waits = OUTPUT.from_input(self._known(made, exemptions=() if self.over else self.exemptions))
            self.everything.append(made)
        waiting = pulumi.ResourceOptions.merge(asked.opts, pulumi.ResourceOptions(depends_on=waits))
        return pulumi.ResourceTransformationResult(props=props, opts=waiting)

    async def _first(self) -> list[pulumi.Resource]:
        """Evaluate what is known when the program has run; nothing of it is registered before."""
        self.over = True
        self._refuse(excused(sorted(evaluated(self.everything, self.demands)), self.exemptions, self.today))
        OUTPUT.from_input(self._second(list(self.everything)))
        return []

    async def _second(self, everything: Sequence[Made]) -> None:
        """Evaluate everything again with what has become known of it; what is still not known, is evaluated once it exists."""
        named = [await _value(getattr(resource, output, None)) for resource, output in self.agents]
        numbers = frozenset(filter(None, map(number, named)))
        known = [dataclasses.replace(await _resolved(made), numbers=numbers) for made in everything]
        found = sorted(evaluated(known, self.demands))
        self._refuse([*excused(found, self.exemptions, self.today), *idle(found, self.exemptions)])

    async def _known(self, made: Made, exemptions: Sequence[Exemption]) -> list[pulumi.Resource]:
        """Evaluate one resource when all that it takes from others is known, before it is made."""
        await self.decision.future()
        known = await _resolved(made)
        found = evaluated([*self.everything, known], self.demands, of=known)
        self._refuse(excused(found, exemptions, self.today))
        return []

    def _refuse(self, findings: Iterator[Finding] | Sequence[Finding]) -> None:
        if found := list(findings):
            raise _refused(found, self.masked)


def evaluated(everything: Sequence[Made], demands: Demands, of: Made | None = None) -> Iterator[Finding]:
    """Yield everything that is wrong with a program's resources, or with one of them."""
    for made in everything if of is None else [of]:
        found = [finding for rule in RULES for finding in rule(made, demands)]
        yield from found
        yield from types.unseen(made, found)
    yield from (found for found in grants.made_here(everything, demands) if of is None or found.resource == of.address)


def _component(asked: pulumi.ResourceTransformationArgs) -> bool:
    """Return whether it is one of our components, or the stack: these make nothing but what is written down by itself."""
    ours = asked.type_ == "pulumi:pulumi:Stack" or asked.type_.startswith("groundwork:")
    return ours and isinstance(asked.resource, pulumi.ComponentResource)


def _made(asked: pulumi.ResourceTransformationArgs, props: Mapping[str, Any]) -> Made:
    opts = asked.opts
    return Made(
        type=asked.type_,
        name=asked.name,
        given=props,
        protected=bool(opts.protect),
        ignored=tuple(opts.ignore_changes) if isinstance(opts.ignore_changes, (list, tuple)) else (),
        altered=bool(opts.transforms or opts.plugin_download_url),
        computed=frozenset(name for name, value in props.items() if _computed(value)),
    )


def _computed(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_computed, value.values()))
    return any(map(_computed, value)) if isinstance(value, (list, tuple)) else isinstance(value, pulumi.Output)


def _awaited(value: Any) -> Any:
    """Return an input in a form that can be looked at: as an output where it is one that is still to come."""
    if isinstance(value, pulumi.Output):
        return value
    if inspect.isawaitable(value):
        return OUTPUT.from_input(value)
    if isinstance(value, Mapping):
        return {key: _awaited(each) for key, each in value.items()}
    return [_awaited(each) for each in value] if isinstance(value, (list, tuple)) else value


async def _resolved(made: Made) -> Made:
    return dataclasses.replace(made, given={name: await _value(value) for name, value in made.given.items()})


async def _value(value: Any) -> Any:
    """Return what an input has become; an Output stays one that is not known yet."""
    if isinstance(value, pulumi.Output):
        try:
            return await _value(await value.future()) if await value.is_known() else value
        except Exception:  # noqa: BLE001  whatever keeps it from being known is told by the resource that it comes from
            return value
    if isinstance(value, Mapping):
        return {key: await _value(each) for key, each in value.items()}
    return [await _value(each) for each in value] if isinstance(value, (list, tuple)) else value


def _refused(findings: Sequence[Finding], masked: Callable[[str], str]) -> pulumi.RunError:
    count = "a rule" if len(findings) == 1 else f"rules in {len(findings)} places"
    listed = "".join(f"\n  {masked(str(found))}" for found in findings)
    error = GroundworkError(
        "policy-refused",
        f"the program breaks {count}:{listed}",
        "put right what is listed, or give it a line in `exceptions` with a reason and a last day: docs/guides/policy.md",
    )
    return pulumi.RunError(str(error))
