"""What may be shown nowhere: values that Terraform calls sensitive, wherever the program hands them to Pulumi or to a reader."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi import _types as types

from groundwork.environment.validation_messages import shown
from groundwork.errors import GroundworkError

MARK = "[secret]"
"""What stands in its place, as in Pulumi's own output."""

SHORTEST = 6
"""Characters that a value needs so that it can be told from other text."""

RUNTIME: Any = pulumi.runtime  # which has no types where we need it


@dataclass(frozen=True)
class Hidden:
    """Texts, and numbers as text; each is looked for inside of other text, as names and addresses are put together of several."""

    texts: frozenset[str] = field(default=frozenset(), repr=False)

    def everywhere(self) -> None:
        """Hide them in the inputs of every resource that the program makes from here on."""
        # decision 16: sensitive values are recognised by their text, in any input
        if self.texts:
            RUNTIME.register_stack_transformation(self._transformed)

    def masked(self, text: str) -> str:
        """Return text for a reader, without them; also where `shown` has cut one short."""
        for secret in sorted(self.texts, key=len, reverse=True):
            for form in (shown(secret), repr(secret)[1:-1], secret):
                text = text.replace(form, MARK)
        return text

    def holds(self, value: Any) -> bool:
        """Return whether one of them is anywhere in a plain value."""
        match value:
            case bool():
                return False
            case str():
                return any(secret in value for secret in self.texts)
            case int() | float():
                return json.dumps(value) in self.texts
            case Mapping():
                return any(self.holds(key) or self.holds(inner) for key, inner in value.items())
            case list() | tuple():
                return any(self.holds(inner) for inner in value)
        return types.is_input_type(type(value)) and self.holds(vars(value))

    def secret(self, value: Any) -> Any:
        """Return an input in which each of them is a secret of Pulumi's, whatever it is nested in, and known yet or not."""
        match value:
            case pulumi.Output():
                return value.apply(lambda known: pulumi.Output.secret(known) if self.holds(known) else known)
            case Mapping() if not any(self.holds(key) for key in value):
                return {key: self.secret(inner) for key, inner in value.items()}
            case list() | tuple():
                return [self.secret(inner) for inner in value]
        if types.is_input_type(type(value)):
            changed = copy.copy(value)
            vars(changed).update({key: self.secret(inner) for key, inner in vars(value).items()})
            return changed
        return pulumi.Output.secret(value) if self.holds(value) else value

    def _transformed(self, asked: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult:
        if self.holds(asked.name):
            error = GroundworkError(
                "sensitive-name-refused",
                f"a resource of type {asked.type_} would have a sensitive value in its name, which Pulumi shows everywhere",
                "choose another name, or remove the setting from HIDEABLE in groundwork/environment/terraform/values.py",
            )
            raise pulumi.RunError(str(error))
        return pulumi.ResourceTransformationResult(
            props={name: self.secret(value) for name, value in asked.props.items()}, opts=asked.opts
        )
