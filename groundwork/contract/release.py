"""Where the files of a release are: the platform's, which come with its code, and the client's, whose environment runs this process.

Neither depends on the current folder, on PYTHONPATH or on a variable: builds run in a checkout of a candidate's commit, which must
not choose what evaluates it. Decision 27 gives the reasons.
"""

from __future__ import annotations

import sys
from importlib.resources import files
from pathlib import Path

_PACKAGE = Path(str(files("groundwork")))
_INSTALLED = _PACKAGE / "release"
"""Exists in an installed wheel only: a wheel has no folder around the packages."""

PLATFORM = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent
"""The platform's files outside of its packages, under the same paths in a checkout and in a wheel: `cloudbuild/`, the reference
pipeline, and what else `groundwork init` copies (`tool.hatch` in `pyproject.toml` lists them)."""

CLIENT = Path(sys.prefix).resolve().parent
"""The client's repository at its release: the folder around this Python's environment (`.venv`). In the image it is
`/groundwork`, on a person's machine the checkout."""
