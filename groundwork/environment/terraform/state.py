"""Read the outputs of the root module from a Terraform state of format version 4.

The only published description of the format is Terraform's code
(https://github.com/hashicorp/terraform/blob/main/internal/states/statefile/version4.go). `gs://` is read with fsspec, like every
other object of this project, on Google and on the twin.
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
"""The largest size of a state in bytes; the largest known states have a few million bytes."""

_ZIP = b"PK\x03\x04"
_OF_OUTPUT = frozenset({"sensitive", "type", "value"})

DEEPEST = 50
"""The deepest nesting of lists and maps in an output, in levels."""


@dataclass(frozen=True, kw_only=True)
class Output:
    """One output of the root module."""

    value: Any
    """The value in JSON: a set is a list, an object is a map."""

    sensitive: bool


def outputs(file: str) -> dict[str, Output]:
    """Return the outputs of a state, by name; `file` is a path within this project or `gs://…`. Raises ValueError."""
    data = _object(file) if file.startswith("gs://") else _local(file)
    if len(data) > MOST:
        raise ValueError(f"is larger than {MOST // 2**20} MiB: no state is that large")
    if not data.strip():
        raise ValueError("is empty: run `terraform apply` first")
    if data.startswith(_ZIP):
        raise ValueError("is a Terraform plan, or another archive, not a state: name the state")
    try:
        state = json.loads(data, parse_float=_finite, parse_constant=_finite)
    except (ValueError, RecursionError):
        raise ValueError("is not a Terraform state: it is not JSON") from None
    if isinstance(state, dict) and (other := _other_file(state)):
        raise ValueError(other)
    version = state.get("version") if isinstance(state, dict) else None
    if version is None:
        raise ValueError("is not a Terraform state: it has no version")
    if version != VERSION:
        raise ValueError(f"has version {shown(version)}, not {VERSION}: run `terraform apply` with Terraform 0.12 or later")
    if not isinstance(state.get("outputs"), dict):
        raise ValueError("is a state without outputs: add outputs to the root module, and run `terraform apply`")  # noqa: TRY004  of the file
    return {name: _output(name, entry) for name, entry in state["outputs"].items()}


def _other_file(content: Mapping[str, Any]) -> str:
    """Return the message about a file that can be mistaken for a state, "" for a state."""
    if "encrypted_data" in content:
        return "is encrypted (OpenTofu's state encryption), and only OpenTofu has the key: write the values themselves"
    if isinstance(content.get("backend"), Mapping):
        return f"is a description of the backend, not the state: name {_state_of(content['backend'])}"
    if "format_version" in content and {"values", "planned_values", "configuration"} & content.keys():
        return "is the output of `terraform show -json`, not the state: name the state"
    if {"ID", "Operation", "Who"} <= content.keys():
        return "is a Terraform lock, not the state: name the state file in the same folder"
    if (
        content
        and "version" not in content
        and all(isinstance(value, Mapping) and value.keys() >= _OF_OUTPUT for value in content.values())
    ):
        return "is the output of `terraform output -json`, not the state: name the state"
    return ""


def _state_of(backend: Mapping[str, Any]) -> str:
    """Return the name of a backend's state for the environment file, from the description of the backend."""
    config = backend.get("config")
    config = config if isinstance(config, Mapping) else {}
    if backend.get("type") == "gcs" and isinstance(config.get("bucket"), str):
        return shown(f"gs://{config['bucket']}/{config.get('prefix') or ''}".rstrip("/"))
    if backend.get("type") == "local" and isinstance(config.get("path"), str):
        return shown(config["path"])
    return f"a copy of it in a bucket or in this project: the backend {shown(backend.get('type'))} is not supported"


def _output(name: str, entry: Any) -> Output:
    if not isinstance(entry, Mapping) or "value" not in entry or not isinstance(entry.get("sensitive", False), bool):
        raise ValueError(f"has an invalid output {shown(name)}: it needs `value`, and `sensitive` as true or false")
    return Output(value=entry["value"], sensitive=entry.get("sensitive", False))


def _local(file: str) -> bytes:
    path = (ROOT / file).resolve()
    if not path.is_relative_to(ROOT.resolve()):
        raise ValueError("is outside of this project, through a symbolic link")
    if not path.is_file():
        raise ValueError("does not exist: run `terraform apply` first, or name the folder in which it runs")
    try:
        with path.open("rb") as stream:
            return stream.read(MOST + 1)
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}") from error


def _object(url: str) -> bytes:
    import fsspec  # type: ignore[import-untyped]  # noqa: PLC0415  it loads slowly, and few environments need it; it has no types

    try:
        with fsspec.open(url, "rb") as stream:
            return bytes(stream.read(MOST + 1))
    except FileNotFoundError:
        raise ValueError("does not exist: compare bucket, prefix and workspace with Terraform's backend") from None
    except Exception as error:  # each cloud's library raises errors of its own
        raise ValueError(f"cannot be read: {shown(str(error))}") from error


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("not a number")
    return number


def sound(value: Any, depth: int = 0) -> bool:
    """Return whether a value can be a setting: its text is valid Unicode, and it is not nested too deep."""
    match value:
        case str():
            return value.isascii() or not any("\ud800" <= character <= "\udfff" for character in value)
        case dict():
            return depth < DEEPEST and all(sound(key) and sound(inner, depth + 1) for key, inner in value.items())
        case list():
            return depth < DEEPEST and all(sound(inner, depth + 1) for inner in value)
    return True
