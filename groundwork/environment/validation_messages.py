"""Messages about mistakes in a file: one line per mistake, with its path and, for an unknown key, a similar key."""

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
    """Return pydantic's errors as `path: message`, with the names of the file."""
    return [f"{where(error['loc'], section)}: {_message(model, error)}" for error in errors]


def shown(value: object) -> str:
    """Return a value as one short line, without control characters for a terminal."""
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def where(parts: tuple[int | str, ...], section: str = SECTION) -> str:
    """Return a path in the file, as a person writes it."""
    if section == SECTION and parts and parts[0] in _OUTSIDE:
        return _OUTSIDE[str(parts[0])]
    named = [str(part) if _PLAIN.fullmatch(str(part)) else shown(part) for part in parts if part != "[key]"]
    return ".".join([section, *named])


def _message(model: type[BaseModel], error: ErrorDetails) -> str:
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
    """Return the names of the settings in the section at a path."""
    for part in parts:
        annotation = next((field.annotation for name, field in _fields(model) if name == part), None)
        if annotation is None:  # the key of an entry of a mapping
            continue
        inner = get_args(annotation)[-1] if get_origin(annotation) is Mapping else annotation
        choices = [choice for choice in (inner, *get_args(inner)) if isinstance(choice, type) and issubclass(choice, BaseModel)]
        model = choices[0] if choices else model
    return [name for name, _ in _fields(model)]


def _fields(model: type[BaseModel]) -> Iterator[tuple[str, FieldInfo]]:
    for name, field in model.model_fields.items():
        yield field.alias or name, field
