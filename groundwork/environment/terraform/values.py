"""Replace `{terraform: <state>.<output>}` in an environment file by the value, before the file is validated."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from groundwork.environment.sensitive import MARK, SHORTEST, Hidden
from groundwork.environment.terraform.state import sound
from groundwork.environment.terraform.states import States, UnresolvedError
from groundwork.environment.validation_messages import described, where

KEY = "terraform"
HIDEABLE = (
    "federation.repository_id",
    "foundation.create_project.billing_account",
    "foundation.create_project.folder",
    "foundation.create_project.organization",
    "monitoring.budget.amount",
    "network.range",
    "repository.installation_id",
)
"""The settings that may be sensitive: they are only inputs of resources. Other settings become part of a name, an id or an
output, or are passed to the factory, which writes them into its ledger: a sensitive value could not be kept secret there."""

SettingPath = tuple[str | int, ...]


@dataclass
class Resolved:
    """The section of an environment with the values from Terraform."""

    section: dict[str, Any] = field(default_factory=dict)
    mistakes: list[str] = field(default_factory=list)
    """The references without a value, with the cause; the section keeps these references."""

    origins: dict[SettingPath, str] = field(default_factory=dict)
    """The origin of each value, for messages."""

    missing: list[SettingPath] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set, repr=False)

    @property
    def hidden(self) -> Hidden:
        """The sensitive values."""
        return Hidden(frozenset(self.secrets))

    def described(self, model: type[BaseModel], errors: Sequence[ErrorDetails]) -> list[str]:
        """Return pydantic's errors as `path: message`, with the origin of the value, and without sensitive values."""
        lines = []
        for error in errors:
            path, safe = error["loc"], error.copy()
            if any(path[: len(start)] == start for start in self.missing):
                continue
            safe["input"] = self._masked(error["input"])
            (line,) = described(model, [safe])
            origin = next((f" ({origin})" for start, origin in self.origins.items() if path[: len(start)] == start), "")
            lines.append(self.hidden.masked(line) + origin)
        return lines

    def _masked(self, value: Any) -> Any:
        match value:
            case dict():
                return {name: self._masked(inner) for name, inner in value.items()}
            case list() | tuple():
                return [self._masked(inner) for inner in value]
            case str():
                return self.hidden.masked(value)
        return MARK if self.hidden.holds(value) else value


def resolve(section: Mapping[str, Any], states_text: str | None) -> Resolved:
    """Return a section with all references replaced; `states_text` is the JSON of the section `groundwork:terraform`."""
    resolved, states = Resolved(), States(states_text)
    resolved.section = {name: _replaced(value, (name,), states, resolved) for name, value in section.items()}
    resolved.mistakes = [*states.mistakes, *resolved.mistakes]
    return resolved


def _replaced(value: Any, path: SettingPath, states: States, resolved: Resolved) -> Any:
    match value:
        case {"terraform": str(reference)} if len(value) == 1:
            try:
                return _value(reference, path, states, resolved)
            except UnresolvedError as reason:
                resolved.missing.append(path)
                resolved.mistakes += [f"{where(path)}: {reason}"] if str(reason) else []
                return value
        case dict():
            return {name: _replaced(inner, (*path, name), states, resolved) for name, inner in value.items()}
        case list():
            return [_replaced(inner, (*path, index), states, resolved) for index, inner in enumerate(value)]
    return value


def _value(reference: str, path: SettingPath, states: States, resolved: Resolved) -> Any:
    origin, output = states.find(reference)
    if not sound(output.value):
        raise UnresolvedError(
            f"{origin} is not a value for a setting: it is nested too deep, or contains text that is not Unicode"
        )
    if output.sensitive:
        resolved.secrets.add(_hideable(output.value, path, origin))
    resolved.origins[path] = origin
    return output.value


def _hideable(value: Any, path: SettingPath, origin: str) -> str:
    """Return the text by which a sensitive value is recognised; raises UnresolvedError if it could not be kept secret."""
    if ".".join(map(str, path)) not in HIDEABLE:
        raise UnresolvedError(
            f"{origin} could not be kept secret: this setting becomes part of a name, or is passed to the factory, which "
            f"records it. Settings that may be sensitive: {', '.join(HIDEABLE)}. If it is not secret, remove `sensitive` from it"
        )
    text = value if isinstance(value, str) else json.dumps(value)
    if isinstance(value, bool | dict | list | None) or len(text) < SHORTEST:
        raise UnresolvedError(f"{origin} could not be kept secret: use text, or a number, of at least {SHORTEST} characters")
    return text
