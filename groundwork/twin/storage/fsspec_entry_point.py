"""`gs://` as the twin's, in a process that opens objects through fsspec alone: it asks for no platform, as it knows none.

fsspec makes the filesystem itself, and finds the class by an entry point: `groundwork/twin/core/shell.py` puts one on the
import path of every process on the twin.
"""

from __future__ import annotations

import os
from typing import Any

import fsspec  # type: ignore[import-untyped]  # fsspec has no types

from groundwork.contract.variables import IDENTITY_VARIABLE
from groundwork.errors import GroundworkError
from groundwork.twin.cloudbuild.history import require_own
from groundwork.twin.core import shell
from groundwork.twin.core.store import Store
from groundwork.twin.storage.client import TwinObjects


class TwinStorage(TwinObjects):
    """The buckets of the twin that this process is on, as the identity that it acts as."""

    def __init__(self, **_: Any) -> None:
        root, identity = shell.folder(), os.environ.get(IDENTITY_VARIABLE)
        if not (root / "twin.sqlite").is_file():
            raise GroundworkError("no-twin", f"there is no twin in {root}", 'make one: eval "$(.venv/bin/groundwork twin env)"')
        store = Store(root)
        require_own(store, identity)
        super().__init__(store, identity)


def lead_here() -> None:
    """Make `gs://` lead to the twin in this process, which was started by a command of ours, not from the twin's shell."""
    for protocol in TwinObjects.protocol:
        fsspec.register_implementation(protocol, TwinStorage, clobber=True)
