"""Bootstrapping on the twin: this machine's states are the twin's, and the bucket is one of its directories."""

from __future__ import annotations

from pathlib import Path

from groundwork.adapters.twin.storage import lead_here
from groundwork.bootstrapping import Bootstrap, Bootstrapped, program, project_of
from groundwork.states import URL, Backend
from groundwork.twin import environment, recovery
from groundwork.twin.home import Home
from stacks import names


def bootstrap_on(home: Home, stack: str, file: Path) -> Bootstrapped:
    """Bootstrap an environment from its file; raises GroundworkError."""
    lead_here()  # the program runs in this process
    variables = environment.environment(home.root)
    bucket = home.root / "buckets" / names.state_bucket(project_of(file))
    return Bootstrap(stack, file, variables, home.root).run(
        program,
        Backend(
            url=variables[URL],
            ready=lambda: True,
            recover=lambda found: recovery.recover(home, found),
        ),
        Backend(
            url=environment.states(bucket),
            ready=bucket.is_dir,
            recover=lambda found: recovery.recover(home, found, bucket),
        ),
    )
