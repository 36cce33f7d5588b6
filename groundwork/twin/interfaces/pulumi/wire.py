"""Pulumi's property values between protobuf and Python.

Unknown values travel as a sentinel string and secrets as marked objects (sdk/proto: "special signatures").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from google.protobuf import json_format, struct_pb2

from groundwork.twin.core.store import PropertyPath

# decision 7: the reason for not using the SDK's decoder
SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105  the mark of a secret, none itself


def decode(struct: struct_pb2.Struct) -> dict[str, Any]:
    """Return plain properties: secrets unwrapped, whole numbers as ints again."""
    properties: dict[str, Any] = plain(json_format.MessageToDict(struct))
    return properties


def plain(value: Any) -> Any:
    """Return a value with secrets unwrapped, and whole numbers as ints again."""
    match value:
        case dict() if _is_secret(value):
            return plain(value["value"])
        case dict():
            return {key: plain(inner) for key, inner in value.items()}
        case list():
            return [plain(inner) for inner in value]
        case float() if value.is_integer():
            return int(value)
        case _:
            return value


def encode(properties: Mapping[str, Any], secret: frozenset[PropertyPath] = frozenset()) -> struct_pb2.Struct:
    """Return properties for the engine, those at the places in `secret` marked as such."""
    return json_format.ParseDict(_marked(dict(properties), (), secret), struct_pb2.Struct())


def secrets(struct: struct_pb2.Struct) -> frozenset[PropertyPath]:
    """Return the places of everything that arrived marked as secret, however deep."""
    return frozenset(_secret_paths(json_format.MessageToDict(struct), ()))


def _is_secret(value: Any) -> bool:
    return isinstance(value, dict) and value.get(SIGNATURE) == SECRET


def _marked(value: Any, path: PropertyPath, secret: frozenset[PropertyPath]) -> Any:
    match value:
        case dict():
            value = {key: _marked(inner, (*path, key), secret) for key, inner in value.items()}
        case list():
            value = [_marked(inner, (*path, index), secret) for index, inner in enumerate(value)]
    return {SIGNATURE: SECRET, "value": value} if path in secret else value


def _secret_paths(value: Any, path: PropertyPath) -> Iterator[PropertyPath]:
    if _is_secret(value):
        yield path
        value = value["value"]
    match value:
        case dict():
            for key, inner in value.items():
                yield from _secret_paths(inner, (*path, key))
        case list():
            for index, inner in enumerate(value):
                yield from _secret_paths(inner, (*path, index))
