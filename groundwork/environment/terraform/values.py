"""`{terraform: <state>.<output>}` in an environment's section, replaced by the value before anything is checked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from groundwork.environment.sensitive import MARK, SHORTEST, Hidden
from groundwork.environment.terraform.state import sound
from groundwork.environment.terraform.states import NotThere, States
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
"""Settings that go into inputs of resources alone. Others become part of a name, an id or an output, or are told to the factory,
which writes them into its ledger: no sensitive value can be kept secret there, and none is taken."""

Place = tuple[str | int, ...]


@dataclass
class Taken:
    """An environment's section with Terraform's values in their places."""

    section: dict[str, Any] = field(default_factory=dict)
    mistakes: list[str] = field(default_factory=list)
    """Why values could not be taken; their places hold what the file says."""

    origins: dict[Place, str] = field(default_factory=dict)
    """Where each value was taken from, for a reader."""

    missing: list[Place] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set, repr=False)

    @property
    def hidden(self) -> Hidden:
        """What may be shown nowhere."""
        return Hidden(frozenset(self.secrets))

    def described(self, model: type[BaseModel], errors: Sequence[ErrorDetails]) -> list[str]:
        """Return pydantic's errors as `path: what is wrong`, with where the value is from, and without what is sensitive."""
        lines = []
        for error in errors:
            place, told = error["loc"], error.copy()
            if any(place[: len(start)] == start for start in self.missing):
                continue
            told["input"] = self._masked(error["input"])
            (line,) = described(model, [told])
            origin = next((f" ({origin})" for start, origin in self.origins.items() if place[: len(start)] == start), "")
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


def take(section: Mapping[str, Any], states: str | None) -> Taken:
    """Take every value that a section has from Terraform; `states` is the text of the section that says where its states are."""
    taken, known = Taken(), States(states)
    taken.section = {name: _replaced(value, (name,), known, taken) for name, value in section.items()}
    taken.mistakes = [*known.mistakes, *taken.mistakes]
    return taken


def _replaced(value: Any, place: Place, states: States, taken: Taken) -> Any:
    match value:
        case {"terraform": str(reference)} if len(value) == 1:
            try:
                return _value(reference, place, states, taken)
            except NotThere as reason:
                taken.missing.append(place)
                taken.mistakes += [f"{where(place)}: {reason}"] if str(reason) else []
                return value
        case dict():
            return {name: _replaced(inner, (*place, name), states, taken) for name, inner in value.items()}
        case list():
            return [_replaced(inner, (*place, index), states, taken) for index, inner in enumerate(value)]
    return value


def _value(reference: str, place: Place, states: States, taken: Taken) -> Any:
    called, output = states.find(reference)
    if not sound(output.value):
        raise NotThere(f"{called} is not a value for a setting: it is nested too deep, or holds text that is not Unicode")
    if output.sensitive:
        taken.secrets.add(_hideable(output.value, place, called))
    taken.origins[place] = called
    return output.value


def _hideable(value: Any, place: Place, called: str) -> str:
    """Return the text by which a sensitive value is recognised; raises NotThere where it could not be kept secret."""
    if ".".join(map(str, place)) not in HIDEABLE:
        raise NotThere(
            f"{called} could not be kept secret: this setting becomes part of a name, or is told to the factory, which records "
            f"it. Those that can: {', '.join(HIDEABLE)}. If it is not a secret, take `sensitive` off the output"
        )
    text = value if isinstance(value, str) else json.dumps(value)
    if isinstance(value, bool | dict | list | None) or len(text) < SHORTEST:
        raise NotThere(f"{called} could not be kept secret: only text, or a number, of at least {SHORTEST} characters can")
    return text
