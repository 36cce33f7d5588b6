"""Sensitive values: values that Terraform marks as sensitive, which neither Pulumi nor an error message may show."""

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
"""The replacement for a sensitive value, as in Pulumi's own output."""

SHORTEST = 6
"""The length of the shortest value that can be distinguished from other text, in characters."""

RUNTIME: Any = pulumi.runtime  # it has no types for these functions


@dataclass(frozen=True)
class Hidden:
    """Sensitive texts, and numbers as text. They are recognised inside of other text too, such as names and addresses."""

    texts: frozenset[str] = field(default=frozenset(), repr=False)

    def everywhere(self) -> None:
        """Hide them in the inputs of every resource that the program creates from here on."""
        # decision 16: sensitive values are recognised by their text, in any input
        if self.texts:
            RUNTIME.register_stack_transformation(self._transformed)

    def masked(self, text: str) -> str:
        """Return a text with each of them replaced, also where `shown` has shortened it."""
        for secret in sorted(self.texts, key=len, reverse=True):
            for form in (shown(secret), repr(secret)[1:-1], secret):
                text = text.replace(form, MARK)
        return text

    def holds(self, value: Any) -> bool:
        """Return whether a plain value contains one of them."""
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
        """Return an input in which each of them is a Pulumi secret, at any depth, and also in values that are not known yet."""
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

    def _transformed(self, registration: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult:
        if self.holds(registration.name):
            error = GroundworkError(
                "sensitive-name-refused",
                f"a resource of type {registration.type_} would have a sensitive value in its name, which Pulumi always shows",
                "choose another name, or remove the setting from HIDEABLE in groundwork/environment/terraform/values.py",
            )
            raise pulumi.RunError(str(error))
        return pulumi.ResourceTransformationResult(
            props={name: self.secret(value) for name, value in registration.props.items()}, opts=registration.opts
        )
