"""Hundreds of invalid environment files: each is one error with a path and a hint, and none causes a traceback."""

from __future__ import annotations

import copy
import json
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from groundwork.environment.file import Environment
from groundwork.errors import GroundworkError
from tests.helpers.hostile_strings import NASTIES

Load = Callable[..., Environment]
SettingPath = tuple[str | int, ...]

NEVER_RIGHT: tuple[Any, ...] = (
    {"surprise": {"deep": [None]}}, [[["nested"]]], [{"a": 1}], float("1e308"), -1, "", "\x00", {"": ""}, [None], *NASTIES,
)  # fmt: skip
"""Values that no setting accepts: text that is not a name, address or path, and numbers outside of every range."""

UNSEEN = {"Cc", "Cf", "Co", "Cs"}
"""Categories of characters that control a terminal or are invisible."""


def paths(value: Any, path: SettingPath = ()) -> Iterator[SettingPath]:
    """Yield the path of every value, the outermost first."""
    if path:
        yield path
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in entries:
        yield from paths(inner, (*path, name))


def changed(section: Any, path: SettingPath, change: Callable[[Any, Any], None]) -> Any:
    """Return a copy with one value changed."""
    copied = copy.deepcopy(section)
    part = copied
    for name in path[:-1]:
        part = part[name]
    change(part, path[-1])
    return copied


@st.composite
def malformed(draw: st.DrawFn, whole: dict[str, Any]) -> tuple[str, Any]:
    """Return the description of a change to a valid file, and the changed file."""
    path = draw(st.sampled_from(list(paths(whole))))
    label = ".".join(map(str, path))
    match draw(st.sampled_from(["value", "key", "missing", "list", "type"])):
        case "value":
            wrong = draw(st.sampled_from(NEVER_RIGHT))
            return f"{label} = {wrong!r}", changed(whole, path, lambda part, name: part.__setitem__(name, wrong))
        case "key":
            key = draw(st.one_of(st.sampled_from(NASTIES), st.text(min_size=1, max_size=20)))
            parent = path[:-1]
            return f"{label} gets {key!r}", changed(whole, (*parent, key), _add)
        case "missing":
            return f"{path[0]} is removed", changed(whole, path[:1], lambda part, name: part.pop(name))
        case "list":
            return f"{label} in a list", changed(whole, path, lambda part, name: part.__setitem__(name, [part[name]] * 2))
        case _:
            return f"{label} as text", changed(whole, path, lambda part, name: part.__setitem__(name, json.dumps(part[name])))


def _add(part: Any, name: Any) -> None:
    if isinstance(part, list):
        part.append(part[0])
    else:
        part[name] = {"surprise": True}


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_an_invalid_file_is_reported_with_a_path_and_a_hint(
    load: Load, configuration: Callable[[str], dict[str, str]], stack: str
) -> None:
    config = configuration(stack)
    whole, refused = json.loads(config["groundwork:environment"]), []

    @settings(max_examples=400, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(malformed(whole))
    def tried(case: tuple[str, Any]) -> None:
        description, section = case
        error = refusal(load, config["gcp:project"], section)
        if error is None:
            return
        refused.append(description)
        assert ("environment-invalid", True) == (error.code, bool(error.hint)), description
        assert all(line.startswith(("  groundwork:environment", "  gcp:")) for line in error.message.split("\n")[1:-1]), (
            error.message
        )
        assert not any(unicodedata.category(character) in UNSEEN for character in error.message.replace("\n", "")), description

    tried()
    assert len(refused) >= 250, "most of the examples are invalid"


def refusal(load: Load, project: str, section: Any) -> GroundworkError | None:
    """Return the error about a file; None for a valid one. Any other exception would be a traceback for the user."""
    try:
        load({}, project=project, text=json.dumps(section))
    except GroundworkError as error:
        return error
    return None
