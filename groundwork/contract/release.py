"""The folders with the files of a release: the platform's, beside its code, and the client's, around this Python's environment.

Neither depends on the current folder, on PYTHONPATH or on a variable: builds run in a checkout of a candidate's commit, and that
must not choose the code that evaluates it. Decision 27 gives the reasons.
"""

from __future__ import annotations

import sys
from importlib import metadata
from importlib.resources import files
from pathlib import Path

DISTRIBUTION = "groundwork-mlops"
"""The name of the platform's wheel."""

_PACKAGE = Path(str(files("groundwork")))
_INSTALLED = _PACKAGE / "release"
"""Exists in an installed wheel only: a wheel has no folder around the packages."""

PLATFORM = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent
"""The platform's files outside of its packages, under the same paths in a checkout and in a wheel: `cloudbuild/`, the reference
pipeline, and what else `groundwork init` copies (`tool.hatch` in `pyproject.toml` lists them)."""

CLIENT = Path(sys.prefix).resolve().parent
"""The client's repository at its release: the folder around this Python's environment (`.venv`). In the image it is
`/groundwork`, on a person's machine the checkout."""


def release() -> str:
    """Return the version of the installed platform."""
    return metadata.version(DISTRIBUTION)
