"""The states that a stack's file names, and what a reference such as `network.subnet.range` means in them."""

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
"""Names that an error lists."""


class NotThere(Exception):
    """A reference means nothing; the text says why, and is empty where that has been said already."""


class States:
    """Each is read when it is first asked for, and once."""

    def __init__(self, text: str | None) -> None:
        """`text` is the section's, as JSON; None where the file has none."""
        self.mistakes: list[str] = []
        """What is wrong with states, each once, however many values come from it."""
        self._known = dict(self._sections(text))
        self._outputs: dict[str, dict[str, Output] | None] = {}

    def find(self, reference: str) -> tuple[str, Output]:
        """Return how a reader calls what a reference means, and the value; raises NotThere."""
        name, _, rest = reference.partition(".")
        wanted, *path = rest.split(".")
        if not wanted or "" in path:
            raise NotThere(f"{shown(reference)} names no output: write <state>.<output>, and .<key> for a value inside of it")
        if name not in self._known:
            raise NotThere(f"there is no state {_plain(name)} in `{SECTION}`{_known(name, self._known)}")
        state, found = self._known[name], self._of(name)
        if state is None or found is None:
            raise NotThere
        called = f"`{name}` ({state.file})"
        if wanted not in found:
            raise NotThere(f"{called} has no output {_plain(wanted)}{_known(wanted, found)}")
        output = _inside(found[wanted], path, f"{name}.{wanted}")
        return f"the {'sensitive ' * output.sensitive}output {_plain(rest)} of {called}", output

    def _of(self, name: str) -> dict[str, Output] | None:
        state = self._known[name]
        if state and name not in self._outputs:
            try:
                self._outputs[name] = outputs(state.file)
            except ValueError as error:
                self._outputs[name] = None
                self.mistakes.append(f"{where((name,), SECTION)}: {state.file} {error}")
        return self._outputs.get(name)

    def _sections(self, text: str | None) -> Iterable[tuple[str, State | None]]:
        """Yield the states by name, None for one that is wrong."""
        try:
            given = {} if text is None else json.loads(text)
        except (ValueError, RecursionError):
            given = None
        if not isinstance(given, dict):
            self.mistakes.append(f"{SECTION}: is not a mapping of names to states of Terraform's")
            return
        for name, state in given.items():
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


def _inside(output: Output, path: Sequence[str], called: str) -> Output:
    """Return what lies at a path inside of an output; nothing of a sensitive one is told."""
    value = output.value
    for key in path:
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and re.fullmatch(r"[0-9]{1,6}", key) and int(key) < len(value):
            value = value[int(key)]
        else:
            what = "which is sensitive" if output.sensitive else _what(value, key)
            raise NotThere(f"there is no {_plain(key)} in {_plain(called)}, {what}")
        called = f"{called}.{key}"
    return Output(value=value, sensitive=output.sensitive)


def _what(value: Any, wanted: str) -> str:
    match value:
        case dict():
            return f"which is a map{_known(wanted, value)}"
        case list():
            return f"which is a list of {len(value)}, counted from 0"
    return "which is neither a map nor a list"


def _known(wanted: str, known: Iterable[str] | Mapping[str, Any]) -> str:
    """Return a guess at what was meant, and all that there is."""
    every = sorted(known)
    near = difflib.get_close_matches(wanted, every, n=1)
    guess = f"; did you mean {_plain(near[0])}? There" if near else "; there"
    more = f" and {len(every) - LISTED} more" if len(every) > LISTED else ""
    return f"{guess} are: {', '.join(map(_plain, every[:LISTED]))}{more}" if every else "; there are none"


def _plain(name: str) -> str:
    quoted = shown(name)
    return f"`{name}`" if quoted == f"'{name}'" else quoted
