"""Where the twin keeps Pulumi states: in a folder of its own, and in buckets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from groundwork.engine.state_migration import URL, StateBackend
from groundwork.paths import state_url
from groundwork.twin.core import shell
from groundwork.twin.core.store import Store
from groundwork.twin.interfaces.pulumi import recovery
from groundwork.twin.storage.fsspec_entry_point import lead_here


def state_backends(root: Path, bucket: str) -> tuple[Mapping[str, str], StateBackend, StateBackend]:
    """Return the variables of an engine on the twin, the backend of this machine's states, and that of a bucket's."""
    lead_here()  # the program runs in this process
    store, variables, folder = Store(root), shell.environment(root), root / "buckets" / bucket
    local = StateBackend(url=variables[URL], ready=lambda: True, recover=lambda stack: recovery.recover(store, stack))
    in_bucket = StateBackend(
        url=state_url(folder), ready=folder.is_dir, recover=lambda stack: recovery.recover(store, stack, folder)
    )
    return variables, local, in_bucket
