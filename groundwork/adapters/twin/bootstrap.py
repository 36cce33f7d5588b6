"""Bootstrapping on the twin: this machine's states are the twin's, and the bucket is one of its directories."""

from __future__ import annotations

from pathlib import Path

import pulumi
import yaml

from groundwork.adapters.twin.storage import lead_here
from groundwork.bootstrapping import URL, Backend, Bootstrap, Bootstrapped
from groundwork.errors import GroundworkError
from groundwork.twin import environment, recovery
from groundwork.twin.home import Home
from stacks import names
from stacks.bootstrap import bootstrap
from stacks.config import Environment


def bootstrap_on(home: Home, stack: str, file: Path) -> Bootstrapped:
    """Bootstrap an environment from its file; raises GroundworkError."""
    lead_here()  # the program runs in this process
    variables = environment.environment(home.root)
    bucket = home.root / "buckets" / names.state_bucket(_project(file))
    return Bootstrap(stack, file, variables, home.root).run(
        _program,
        Backend(
            url=variables[URL],
            ready=lambda: True,
            recover=lambda found: recovery.recover(home, found),
        ),
        Backend(
            url=f"file://{bucket}?metadata=skip",
            ready=bucket.is_dir,
            recover=lambda found: recovery.recover(home, found, bucket),
        ),
    )


def _program() -> None:
    try:
        bootstrap(Environment.load())
    except GroundworkError as error:  # told by the engine in its own words, without a traceback
        raise pulumi.RunError(str(error)) from None


def _project(file: Path) -> str:
    """Return the environment's project; what is wrong with the file the program says."""
    try:
        return str(yaml.safe_load(file.read_text())["config"]["gcp:project"])
    except (yaml.YAMLError, KeyError, TypeError):
        return ""
