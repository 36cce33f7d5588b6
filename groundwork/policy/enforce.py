"""Check a whole program against the rules, before Pulumi registers the first of its resources.

Every resource of the program is recorded and waits for one decision. It is taken when the program has run to its end and before
any resource is registered, so a refused program has changed nothing and lists all violations at once. A value that a provider
computes is checked when it is known: in a preview all together, in an `up` each resource before it is created. A resource that
the program creates inside an `apply` is checked at once, and exceptions do not cover it.
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
from groundwork.policy.resource import Requirements, Resource, Violation

RUNTIME: Any = pulumi.runtime  # it has no types for these functions
OUTPUT: Any = pulumi.Output  # its types do not include coroutines
RULES = (*resources.RULES, *internet.RULES, *grants.RULES, *indirect_access.RULES, *types.RULES)
AGENTS = {
    "gcp:logging/projectSink:ProjectSink": "writer_identity",
    "gcp:projects/serviceIdentity:ServiceIdentity": "member",
}
"""Resource types that name a service agent of the project, and the output with its name."""


def enforce(
    requirements: Requirements, exemptions: Sequence[Exemption], today: dt.date, masked: Callable[[str], str] = lambda text: text
) -> None:
    """Check every resource that the program creates from here on. A violation raises pulumi.RunError inside Pulumi.

    `masked` removes sensitive values from error messages.
    """
    program = _Program(requirements, exemptions, today, masked)
    RUNTIME.register_stack_transformation(program.note)


class _Program:
    """The resources of a program, and the decision on them."""

    def __init__(
        self, requirements: Requirements, exemptions: Sequence[Exemption], today: dt.date, masked: Callable[[str], str]
    ) -> None:
        self.requirements, self.exemptions, self.today, self.masked = requirements, exemptions, today, masked
        self.root = RUNTIME.get_root_resource()
        self.everything: list[Resource] = []
        self.agents: list[Any] = []
        self.over = False
        self.decision: pulumi.Output[Any] = OUTPUT.from_input(self._first())

    def note(self, registration: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        """Record a resource and delay its registration; raises RunError for a late one that violates a rule."""
        if RUNTIME.get_root_resource() is not self.root:  # another program in the same process
            return None
        props = {name: _awaited(value) for name, value in dict(registration.props).items()}
        waits = self.decision
        if not _component(registration):
            resource = _resource(registration, props)
            if self.over:
                self._refuse(evaluated([*self.everything, resource], self.requirements, of=resource))
            elif registration.type_ in AGENTS:
                self.agents.append((registration.resource, AGENTS[registration.type_]))
            if resource.computed and (self.over or not RUNTIME.is_dry_run()):
                waits = OUTPUT.from_input(self._known(resource, exemptions=() if self.over else self.exemptions))
            self.everything.append(resource)
        waiting = pulumi.ResourceOptions.merge(registration.opts, pulumi.ResourceOptions(depends_on=waits))
        return pulumi.ResourceTransformationResult(props=props, opts=waiting)

    async def _first(self) -> list[pulumi.Resource]:
        """Check the values that are known when the program has run, before any resource is registered."""
        self.over = True
        self._refuse(excused(sorted(evaluated(self.everything, self.requirements)), self.exemptions, self.today))
        OUTPUT.from_input(self._second(list(self.everything)))
        return []

    async def _second(self, everything: Sequence[Resource]) -> None:
        """Check all resources again with the values that providers have computed."""
        named = [await _value(getattr(resource, output, None)) for resource, output in self.agents]
        numbers = frozenset(filter(None, map(number, named)))
        resolved = [dataclasses.replace(await _resolved(resource), numbers=numbers) for resource in everything]
        violations = sorted(evaluated(resolved, self.requirements))
        self._refuse([*excused(violations, self.exemptions, self.today), *idle(violations, self.exemptions)])

    async def _known(self, resource: Resource, exemptions: Sequence[Exemption]) -> list[pulumi.Resource]:
        """Check one resource before it is created, when the values that it takes from others are known."""
        await self.decision.future()
        resolved = await _resolved(resource)
        violations = evaluated([*self.everything, resolved], self.requirements, of=resolved)
        self._refuse(excused(violations, exemptions, self.today))
        return []

    def _refuse(self, violations: Iterator[Violation] | Sequence[Violation]) -> None:
        if listed := list(violations):
            raise _refused(listed, self.masked)


def evaluated(everything: Sequence[Resource], requirements: Requirements, of: Resource | None = None) -> Iterator[Violation]:
    """Yield the violations of all resources, or of one (`of`)."""
    for resource in everything if of is None else [of]:
        violations = [violation for rule in RULES for violation in rule(resource, requirements)]
        yield from violations
        yield from types.unseen(resource, violations)
    yield from (
        violation
        for violation in grants.foreign_custom_roles(everything, requirements)
        if of is None or violation.resource == of.address
    )


def _component(registration: pulumi.ResourceTransformationArgs) -> bool:
    """Return whether it is one of our components, or the stack: their children are recorded one by one."""
    ours = registration.type_ == "pulumi:pulumi:Stack" or registration.type_.startswith("groundwork:")
    return ours and isinstance(registration.resource, pulumi.ComponentResource)


def _resource(registration: pulumi.ResourceTransformationArgs, props: Mapping[str, Any]) -> Resource:
    opts = registration.opts
    return Resource(
        type=registration.type_,
        name=registration.name,
        inputs=props,
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
    """Return an input with every awaitable value as an output."""
    if isinstance(value, pulumi.Output):
        return value
    if inspect.isawaitable(value):
        return OUTPUT.from_input(value)
    if isinstance(value, Mapping):
        return {key: _awaited(inner) for key, inner in value.items()}
    return [_awaited(inner) for inner in value] if isinstance(value, (list, tuple)) else value


async def _resolved(resource: Resource) -> Resource:
    return dataclasses.replace(resource, inputs={name: await _value(value) for name, value in resource.inputs.items()})


async def _value(value: Any) -> Any:
    """Return the resolved value of an input; an Output that is not known yet stays one."""
    if isinstance(value, pulumi.Output):
        try:
            return await _value(await value.future()) if await value.is_known() else value
        except Exception:  # noqa: BLE001  the resource that it comes from reports the error
            return value
    if isinstance(value, Mapping):
        return {key: await _value(inner) for key, inner in value.items()}
    return [await _value(inner) for inner in value] if isinstance(value, (list, tuple)) else value


def _refused(violations: Sequence[Violation], masked: Callable[[str], str]) -> pulumi.RunError:
    count = "a rule" if len(violations) == 1 else f"rules in {len(violations)} places"
    listed = "".join(f"\n  {masked(str(violation))}" for violation in violations)
    error = GroundworkError(
        "policy-refused",
        f"the program breaks {count}:{listed}",
        "correct the listed resources, or add them to `exceptions` with a reason and an end date: docs/guides/policy.md",
    )
    return pulumi.RunError(str(error))
