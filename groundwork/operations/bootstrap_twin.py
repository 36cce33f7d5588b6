"""Bootstrapping on the twin: this machine's states are the twin's, and the bucket is one of its directories."""

from __future__ import annotations

from pathlib import Path

from groundwork.engine.state_migration import URL, Backend
from groundwork.environment import names
from groundwork.operations.bootstrap import Bootstrap, Bootstrapped, program, project_of
from groundwork.twin.core import shell
from groundwork.twin.core.store import Store
from groundwork.twin.interfaces.pulumi import recovery
from groundwork.twin.storage.fsspec_entry_point import lead_here


def bootstrap_on(store: Store, stack: str, file: Path) -> Bootstrapped:
    """Bootstrap an environment from its file; raises GroundworkError."""
    lead_here()  # the program runs in this process
    variables = shell.environment(store.root)
    bucket = store.root / "buckets" / names.state_bucket(project_of(file))
    return Bootstrap(stack, file, variables, store.root).run(
        program,
        Backend(
            url=variables[URL],
            ready=lambda: True,
            recover=lambda found: recovery.recover(store, found),
        ),
        Backend(
            url=shell.states(bucket),
            ready=bucket.is_dir,
            recover=lambda found: recovery.recover(store, found, bucket),
        ),
    )
