"""Terraform's state, format version 4: the outputs of its root module, and nothing else of it.

There is no published description of the format but Terraform's own code
(https://github.com/hashicorp/terraform/blob/main/internal/states/statefile/version4.go). `gs://` goes through fsspec, like every
other object of this project: what is behind it is not asked here.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from groundwork.contract.release import CLIENT
from groundwork.environment.validation_messages import shown

ROOT = CLIENT
"""Every local path starts in this folder."""
VERSION = 4
MOST = 32 * 2**20
"""Bytes of a state that are read; the largest that people tell of have a few million."""

_ZIP = b"PK\x03\x04"
_OF_OUTPUT = frozenset({"sensitive", "type", "value"})

DEEPEST = 50
"""Levels of lists and maps in an output."""


@dataclass(frozen=True, kw_only=True)
class Output:
    """One output of the root module."""

    value: Any
    """As JSON has it: a set is a list, an object is a map."""

    sensitive: bool


def outputs(file: str) -> dict[str, Output]:
    """Return the outputs in a state, by name; `file` is a path within this project or `gs://…`. Raises ValueError: why not."""
    data = _object(file) if file.startswith("gs://") else _local(file)
    if len(data) > MOST:
        raise ValueError(f"is larger than {MOST // 2**20} MiB, which no state is")
    if not data.strip():
        raise ValueError("is empty: run `terraform apply` first")
    if data.startswith(_ZIP):
        raise ValueError("is a plan of Terraform's, or another archive, not a state: name the state")
    try:
        state = json.loads(data, parse_float=_finite, parse_constant=_finite)
    except (ValueError, RecursionError):
        raise ValueError("is not JSON, as a state of Terraform's is") from None
    if isinstance(state, dict) and (other := _other_file(state)):
        raise ValueError(other)
    version = state.get("version") if isinstance(state, dict) else None
    if version is None:
        raise ValueError("is not a state of Terraform's")
    if version != VERSION:
        raise ValueError(
            f"is of version {shown(version)}, not {VERSION}, which Terraform writes since 0.12: `apply` with a newer one"
        )
    if not isinstance(state.get("outputs"), dict):
        raise ValueError("is a state without outputs: give the root module some, and `apply`")  # noqa: TRY004  of the file
    return {name: _output(name, given) for name, given in state["outputs"].items()}


def _other_file(given: Mapping[str, Any]) -> str:
    """Return what to say of the files beside a state that people take for it, "" for a state."""
    if "encrypted_data" in given:
        return "is encrypted (OpenTofu's state encryption), and only OpenTofu has the key: write the values themselves"
    if isinstance(given.get("backend"), Mapping):
        return f"says where the state is, and is not the state: name {_behind(given['backend'])}"
    if "format_version" in given and {"values", "planned_values", "configuration"} & given.keys():
        return "is the output of `terraform show -json`, not the state: name the state"
    if {"ID", "Operation", "Who"} <= given.keys():
        return "is a lock of Terraform's, not the state: name the file beside it"
    if (
        given
        and "version" not in given
        and all(isinstance(each, Mapping) and each.keys() >= _OF_OUTPUT for each in given.values())
    ):
        return "is the output of `terraform output -json`, not the state: name the state"
    return ""


def _behind(backend: Mapping[str, Any]) -> str:
    """Return how a backend's state is named here, as far as its own file tells."""
    config = backend.get("config")
    config = config if isinstance(config, Mapping) else {}
    if backend.get("type") == "gcs" and isinstance(config.get("bucket"), str):
        return shown(f"gs://{config['bucket']}/{config.get('prefix') or ''}".rstrip("/"))
    if backend.get("type") == "local" and isinstance(config.get("path"), str):
        return shown(config["path"])
    return f"a copy of it in a bucket or in this project: the backend {shown(backend.get('type'))} is none that is read here"


def _output(name: str, given: Any) -> Output:
    if not isinstance(given, Mapping) or "value" not in given or not isinstance(given.get("sensitive", False), bool):
        raise ValueError(f"has an output {shown(name)} that is none")
    return Output(value=given["value"], sensitive=given.get("sensitive", False))


def _local(file: str) -> bytes:
    path = (ROOT / file).resolve()
    if not path.is_relative_to(ROOT.resolve()):
        raise ValueError("leads out of this project through a link")
    if not path.is_file():
        raise ValueError("is not there: run `terraform apply` first, or name the folder in which it runs")
    try:
        with path.open("rb") as stream:
            return stream.read(MOST + 1)
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}") from error


def _object(url: str) -> bytes:
    import fsspec  # type: ignore[import-untyped]  # noqa: PLC0415  it takes its time to load, and few environments need it; it has no types

    try:
        with fsspec.open(url, "rb") as stream:
            return bytes(stream.read(MOST + 1))
    except FileNotFoundError:
        raise ValueError("is not there: compare bucket, prefix and workspace with Terraform's backend") from None
    except Exception as error:  # each cloud's library raises errors of its own
        raise ValueError(f"cannot be read: {shown(str(error))}") from error


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("no number")
    return number


def sound(value: Any, depth: int = 0) -> bool:
    """Return whether a value can be handed on: text that is Unicode, and not nested without end."""
    match value:
        case str():
            return value.isascii() or not any("\ud800" <= each <= "\udfff" for each in value)
        case dict():
            return depth < DEEPEST and all(sound(key) and sound(inner, depth + 1) for key, inner in value.items())
        case list():
            return depth < DEEPEST and all(sound(inner, depth + 1) for inner in value)
    return True
