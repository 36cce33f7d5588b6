"""The stack of what outlives an environment, and where its state is: on this machine until the bucket for it is there.

Each part can be killed and begun again: as long as there is a state on this machine, it is the one that counts.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pulumi
import yaml
from pulumi import automation

from groundwork.engine.stack import diagnostics
from groundwork.engine.state_migration import StateBackend, States
from groundwork.environment.file import Environment
from groundwork.errors import GroundworkError
from stacks.bootstrap import bootstrap

PROJECT = "groundwork-bootstrap"
"""The Pulumi project of all such stacks."""


@dataclass(frozen=True, kw_only=True)
class Bootstrapped:
    """What a run did."""

    changes: Mapping[str, int]
    """Resources by operation."""
    outputs: Mapping[str, str]
    moved: bool
    """Whether the state went from this machine into the bucket now."""


class Bootstrap:
    """One environment's."""

    def __init__(self, stack: str, file: Path, variables: Mapping[str, str], pulumi: Path) -> None:
        """`file` is the environment's; `variables` lead to the cloud; `pulumi` is the folder whose `bin/pulumi` to run."""
        self._stack = stack
        self._file = file
        self._variables = dict(variables)
        self._pulumi = pulumi

    def run(self, program: Callable[[], None], here: StateBackend, bucket: StateBackend) -> Bootstrapped:
        """Bring everything about, and the state into the bucket; twice changes nothing. Raises GroundworkError."""
        with self._folder() as folder, said(f"the stack `{self._stack}` of {PROJECT} could not be made"):
            states = States(self._stack, PROJECT, folder, self._variables, self._pulumi)
            there = not states.at(here) and states.at(bucket)
            done = self._up(program, states, bucket if there else here)
            if not there:
                states.move(here, bucket)
            changes = {str(getattr(kind, "value", kind)): n for kind, n in (done.summary.resource_changes or {}).items()}
            outputs = {name: str(output.value) for name, output in done.outputs.items()}
            return Bootstrapped(changes=changes, outputs=outputs, moved=not there)

    def _up(self, program: Callable[[], None], states: States, backend: StateBackend) -> automation.UpResult:
        if states.at(backend):
            states.recover(backend)
        workspace = automation.LocalWorkspace(
            work_dir=str(states.folder), program=program, env_vars=states.variables(backend), pulumi_command=states.command
        )
        return automation.Stack.create_or_select(self._stack, workspace).up(color="never")

    @contextmanager
    def _folder(self) -> Iterator[Path]:
        """Make a project folder for one run: the environment's settings under the name of this project."""
        with tempfile.TemporaryDirectory(prefix=f"{PROJECT}-") as name:
            folder = Path(name)
            (folder / "Pulumi.yaml").write_text(f"name: {PROJECT}\nruntime: python\n")
            settings = {"config": (yaml.safe_load(self._file.read_text()) or {}).get("config") or {}}
            (folder / f"Pulumi.{self._stack}.yaml").write_text(json.dumps(settings))
            yield folder


def program() -> None:
    """Build what outlives an environment; what is wrong with its file the engine tells, without a traceback."""
    try:
        bootstrap(Environment.load())
    except GroundworkError as error:
        raise pulumi.RunError(str(error)) from None


def project_of(file: Path) -> str:
    """Return the environment's project; what is wrong with the file the program says."""
    try:
        return str(yaml.safe_load(file.read_text())["config"]["gcp:project"])
    except (yaml.YAMLError, KeyError, TypeError):
        return ""


@contextmanager
def said(what: str) -> Iterator[None]:
    """Turn the engine's error into one that says what could not be done, in the engine's words."""
    try:
        yield
    except automation.CommandError as error:
        raise GroundworkError(
            "bootstrap-failed", f"{what}:\n{diagnostics(error)}", "put it right and run it again: it goes on where it was"
        ) from error
