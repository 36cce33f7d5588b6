"""Pulumi's mocks: answers for a program that is run without a twin.

Only inputs decide: there is no store, so nothing is refused because another resource exists, or does not.
"""

from __future__ import annotations

from typing import Any

from pulumi.runtime import mocks

from groundwork.twin import lifecycle, lookups
from groundwork.twin.core.store import Refused
from groundwork.twin.interfaces.pulumi import wire


class Gcp(mocks.Mocks):
    """Answers from the classes that state Google's rules, as the twin does; a refusal is an AssertionError."""

    def __init__(self, project: str, *, anything: bool = False) -> None:
        """`project` is the one of resources that name none, as it is in a stack's configuration.

        With `anything`, inputs that the classes refuse, or do not know, come back as they are: for programs that others refuse.
        """
        self._project = project
        self._anything = anything

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        """Return the id of a resource, and its inputs and outputs; a component's outputs are its own."""
        if not args.custom:
            return "", dict(args.inputs)
        try:
            return self._made(args)
        except AssertionError:
            if not self._anything:
                raise
            return f"{args.name}-id", dict(args.inputs)

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        """Return the agent of a service; every other look-up is refused: a component gets its values as arguments."""
        if args.token not in lookups.AGENTS:
            raise AssertionError(f"no component should call {args.token}: pass the value in")
        return dict(lookups.answer(args.token, args.args.get("project") or self._project)), []

    def _made(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        try:
            resource_type = lifecycle.resource_type_of(args.typ)
        except Refused as refused:
            raise AssertionError(f"{args.name}: {refused}") from refused
        inputs = lifecycle.completed(resource_type, wire.plain(args.inputs), self._project)
        if faults := lifecycle.faults(resource_type, inputs):
            raise AssertionError(f"{args.typ}::{args.name}: {'; '.join(fault.reason for fault in faults)}")
        id_ = resource_type.id(inputs)
        return id_, lifecycle.state(resource_type, id_, inputs)
