"""What the factory takes from the platform's release, and never from a candidate's commit."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

RELEASE = Path(__file__).resolve().parents[2]
"""The checkout that this very code lies in: on Google, in the released image."""


@cache
def build_file(name: str) -> Mapping[str, Any]:
    """Return one of the release's build files, which is Cloud Build's JSON form."""
    read: Mapping[str, Any] = yaml.safe_load((RELEASE / "cloudbuild" / f"{name}.yaml").read_text(encoding="utf-8"))
    return read
