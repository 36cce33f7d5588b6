from __future__ import annotations

from typing import Any

from google.protobuf import json_format, struct_pb2

from groundwork.twin.interfaces.pulumi import wire

SECRET = {wire.SIGNATURE: wire.SECRET, "value": {"inner": ["a", {wire.SIGNATURE: wire.SECRET, "value": "b"}]}}


def struct(value: dict[str, Any]) -> struct_pb2.Struct:
    return json_format.ParseDict(value, struct_pb2.Struct())


def test_whole_numbers_stay_whole_and_others_stay_as_they_are() -> None:
    """Protobuf knows doubles only; a retention of 30.0 days would be a change at every preview."""
    decoded = wire.decode(struct({"days": 30, "share": 0.5, "on": True}))
    assert {name: repr(value) for name, value in decoded.items()} == {"days": "30", "share": "0.5", "on": "True"}


def test_secrets_within_secrets_are_unwrapped() -> None:
    assert wire.decode(struct({"token": SECRET, "list": [SECRET]})) == {
        "token": {"inner": ["a", "b"]},
        "list": [{"inner": ["a", "b"]}],
    }


def test_every_secret_is_marked_again_where_it_was() -> None:
    arrived = struct({"token": SECRET, "list": ["x", SECRET]})
    places = wire.secrets(arrived)

    assert places == {("token",), ("token", "inner", 1), ("list", 1), ("list", 1, "inner", 1)}
    assert wire.encode(wire.decode(arrived), places) == arrived


def test_a_place_that_is_not_there_marks_nothing() -> None:
    assert wire.encode({"a": 1}, frozenset({("b",), ("a", "c")})) == struct({"a": 1})
