"""Read build files from the platform's release, never from a candidate's commit."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import yaml

from groundwork.contract.release import PLATFORM
from groundwork.google.substitutions import fill, map_texts, require_whole


def build_file(name: str, **values: str) -> Mapping[str, Any]:
    """Return a build file of the release in Cloud Build's JSON form, with these substitutions filled in."""
    read = _read(name)
    require_whole(read, values)
    build: Mapping[str, Any] = map_texts(read, lambda text: fill(text, values))
    return build


@cache
def _read(name: str) -> Mapping[str, Any]:
    read: Mapping[str, Any] = yaml.safe_load((PLATFORM / "cloudbuild" / f"{name}.yaml").read_text(encoding="utf-8"))
    return read
