"""The Terraform states of an environment file, and the values of references such as `network.subnet.range`."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from groundwork.environment import validators
from groundwork.environment.sections.terraform import State
from groundwork.environment.terraform.state import Output, outputs
from groundwork.environment.validation_messages import described, shown, where

SECTION = "groundwork:terraform"
LISTED = 100
"""The number of names that an error lists at most."""


class UnresolvedError(Exception):
    """A reference has no value; the text is the cause, or empty if the cause was reported already."""


class States:
    """The Terraform states by name; each is read once, when it is first needed."""

    def __init__(self, text: str | None) -> None:
        """`text` is the section as JSON; None for a file without the section."""
        self.mistakes: list[str] = []
        """The mistakes in states, each once, however many values come from the state."""
        self._states = dict(self._sections(text))
        self._outputs: dict[str, dict[str, Output] | None] = {}

    def find(self, reference: str) -> tuple[str, Output]:
        """Return the description of a referenced output, for messages, and the output; raises UnresolvedError."""
        name, _, rest = reference.partition(".")
        output_name, *path = rest.split(".")
        if not output_name or "" in path:
            raise UnresolvedError(
                f"{shown(reference)} names no output: write <state>.<output>, and .<key> for a value inside of it"
            )
        if name not in self._states:
            raise UnresolvedError(f"there is no state {_plain(name)} in `{SECTION}`{_existing(name, self._states)}")
        state, by_name = self._states[name], self._of(name)
        if state is None or by_name is None:
            raise UnresolvedError
        description = f"`{name}` ({state.file})"
        if output_name not in by_name:
            raise UnresolvedError(f"{description} has no output {_plain(output_name)}{_existing(output_name, by_name)}")
        output = _inside(by_name[output_name], path, f"{name}.{output_name}")
        return f"the {'sensitive ' * output.sensitive}output {_plain(rest)} of {description}", output

    def _of(self, name: str) -> dict[str, Output] | None:
        state = self._states[name]
        if state and name not in self._outputs:
            try:
                self._outputs[name] = outputs(state.file)
            except ValueError as error:
                self._outputs[name] = None
                self.mistakes.append(f"{where((name,), SECTION)}: {state.file} {error}")
        return self._outputs.get(name)

    def _sections(self, text: str | None) -> Iterable[tuple[str, State | None]]:
        """Yield the states by name, None for an invalid one."""
        try:
            section = {} if text is None else json.loads(text)
        except (ValueError, RecursionError):
            section = None
        if not isinstance(section, dict):
            self.mistakes.append(f"{SECTION}: is not a mapping of names to Terraform states")
            return
        for name, state in section.items():
            path = where((name,), SECTION)
            try:
                validators.terraform(name)
                yield name, State.model_validate_json(json.dumps(state))
            except ValidationError as error:
                self.mistakes += described(State, error.errors(include_url=False), path)
                yield name, None
            except ValueError as error:
                self.mistakes.append(f"{path}: {error}")
                yield name, None


def _inside(output: Output, path: Sequence[str], reference: str) -> Output:
    """Return the value at a path inside of an output; errors show nothing of a sensitive output."""
    value = output.value
    for key in path:
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and re.fullmatch(r"[0-9]{1,6}", key) and int(key) < len(value):
            value = value[int(key)]
        else:
            container = "which is sensitive" if output.sensitive else _description(value, key)
            raise UnresolvedError(f"there is no {_plain(key)} in {_plain(reference)}, {container}")
        reference = f"{reference}.{key}"
    return Output(value=value, sensitive=output.sensitive)


def _description(value: Any, key: str) -> str:
    match value:
        case dict():
            return f"which is a map{_existing(key, value)}"
        case list():
            return f"which is a list of {len(value)}, numbered from 0"
    return "which is neither a map nor a list"


def _existing(name: str, existing: Iterable[str] | Mapping[str, Any]) -> str:
    """Return the existing name that is most similar to a missing one, and all existing names."""
    every = sorted(existing)
    near = difflib.get_close_matches(name, every, n=1)
    guess = f"; did you mean {_plain(near[0])}? There" if near else "; there"
    more = f" and {len(every) - LISTED} more" if len(every) > LISTED else ""
    return f"{guess} are: {', '.join(map(_plain, every[:LISTED]))}{more}" if every else "; there are none"


def _plain(name: str) -> str:
    quoted = shown(name)
    return f"`{name}`" if quoted == f"'{name}'" else quoted
