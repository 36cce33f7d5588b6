"""Say what is wrong with a file that people write: one line a mistake, with its path, and a guess at what was meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

_PLAIN = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LONGEST = 60
_OUTSIDE = {"project": "gcp:project"}
SECTION = "groundwork:environment"


def described(model: type[BaseModel], errors: Sequence[ErrorDetails], section: str = SECTION) -> list[str]:
    """Return pydantic's errors as `path: what is wrong`, in the file's own words."""
    return [f"{where(error['loc'], section)}: {_what(model, error)}" for error in errors]


def shown(value: object) -> str:
    """Return any value on one short line, with nothing in it that a terminal would obey."""
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def where(parts: tuple[int | str, ...], section: str = SECTION) -> str:
    """Return a place in a file as people write it."""
    if section == SECTION and parts and parts[0] in _OUTSIDE:
        return _OUTSIDE[str(parts[0])]
    named = [str(part) if _PLAIN.fullmatch(str(part)) else shown(part) for part in parts if part != "[key]"]
    return ".".join([section, *named])


def _what(model: type[BaseModel], error: ErrorDetails) -> str:
    match error["type"]:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            near = difflib.get_close_matches(str(error["loc"][-1]), _keys(model, error["loc"][:-1]), n=1)
            return "is not a setting" + (f"; did you mean `{near[0]}`?" if near else "")
        case "too_short":
            return "needs at least one entry"
        case "value_error":
            return error["msg"].removeprefix("Value error, ")
    message = error["msg"].removeprefix("Input ")
    return f"{message[:1].lower()}{message[1:]}, not {shown(error['input'])}"


def _keys(model: type[BaseModel], parts: tuple[int | str, ...]) -> list[str]:
    """Return the settings that a section has, by the path to it."""
    for part in parts:
        kind = next((field.annotation for name, field in _fields(model) if name == part), None)
        if kind is None:  # the key of an entry of the mapping that we are in
            continue
        inner = get_args(kind)[-1] if get_origin(kind) is Mapping else kind
        choices = [choice for choice in (inner, *get_args(inner)) if isinstance(choice, type) and issubclass(choice, BaseModel)]
        model = choices[0] if choices else model
    return [name for name, _ in _fields(model)]


def _fields(model: type[BaseModel]) -> Iterator[tuple[str, FieldInfo]]:
    for name, field in model.model_fields.items():
        yield field.alias or name, field
