"""The stack of the resources that outlive an environment. Its state is on this machine until the bucket for states exists.

Each part can be killed and repeated: while there is a state on this machine, that state is the valid one.
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

from groundwork.adapters.connect import register_objects
from groundwork.engine.session import Session
from groundwork.engine.stack import diagnostics
from groundwork.engine.state_migration import StateBackend, States
from groundwork.environment import names
from groundwork.environment.file import Environment
from groundwork.errors import GroundworkError
from stacks.bootstrap import bootstrap

PROJECT = "groundwork-bootstrap"
"""The Pulumi project of these stacks."""


@dataclass(frozen=True, kw_only=True)
class Bootstrapped:
    """The result of a run."""

    changes: Mapping[str, int]
    """Resources by operation."""
    outputs: Mapping[str, str]
    moved: bool
    """Whether this run moved the state from this machine to the bucket."""


class Bootstrap:
    """The bootstrap stack of one environment."""

    def __init__(self, stack: str, file: Path, variables: Mapping[str, str], pulumi: Path) -> None:
        """`file` is the environment file; `variables` choose the cloud; `pulumi` is the folder whose `bin/pulumi` is run."""
        self._stack = stack
        self._file = file
        self._variables = dict(variables)
        self._pulumi = pulumi

    def run(self, program: Callable[[], None], local: StateBackend, bucket: StateBackend) -> Bootstrapped:
        """Deploy the stack, and move its state to the bucket; a second run changes nothing. Raises GroundworkError."""
        with self._folder() as folder, engine_errors(f"the stack `{self._stack}` of {PROJECT} could not be deployed"):
            states = States(self._stack, PROJECT, folder, self._variables, self._pulumi)
            moved_before = not states.at(local) and states.at(bucket)
            done = self._up(program, states, bucket if moved_before else local)
            if not moved_before:
                states.move(local, bucket)
            changes = {str(getattr(kind, "value", kind)): n for kind, n in (done.summary.resource_changes or {}).items()}
            outputs = {name: str(output.value) for name, output in done.outputs.items()}
            return Bootstrapped(changes=changes, outputs=outputs, moved=not moved_before)

    def _up(self, program: Callable[[], None], states: States, backend: StateBackend) -> automation.UpResult:
        if states.at(backend):
            states.recover(backend)
        workspace = automation.LocalWorkspace(
            work_dir=str(states.folder), program=program, env_vars=states.variables(backend), pulumi_command=states.command
        )
        return automation.Stack.create_or_select(self._stack, workspace).up(color="never")

    @contextmanager
    def _folder(self) -> Iterator[Path]:
        """Yield a project folder for one run, with the environment's settings under the name of this project."""
        with tempfile.TemporaryDirectory(prefix=f"{PROJECT}-") as name:
            folder = Path(name)
            (folder / "Pulumi.yaml").write_text(f"name: {PROJECT}\nruntime: python\n")
            settings = {"config": (yaml.safe_load(self._file.read_text()) or {}).get("config") or {}}
            (folder / f"Pulumi.{self._stack}.yaml").write_text(json.dumps(settings))
            yield folder


def bootstrap_session(session: Session, environment: str, file: Path) -> Bootstrapped:
    """Bootstrap an environment on a platform of groundwork's own, the twin; raises GroundworkError."""
    register_objects()  # the program runs in this process
    bucket = session.states(names.state_bucket(project_of(file)))
    return Bootstrap(environment, file, session.variables(), session.pulumi).run(program, session.states(), bucket)


def program() -> None:
    """Build the resources that outlive an environment; the engine prints errors in its file, without a traceback."""
    try:
        bootstrap(Environment.load())
    except GroundworkError as error:
        raise pulumi.RunError(str(error)) from None


def project_of(file: Path) -> str:
    """Return the environment's project, "" if the file is invalid, which the program reports."""
    try:
        return str(yaml.safe_load(file.read_text())["config"]["gcp:project"])
    except (yaml.YAMLError, KeyError, TypeError):
        return ""


@contextmanager
def engine_errors(failed: str) -> Iterator[None]:
    """Turn an error of the engine into a GroundworkError with the engine's own message."""
    try:
        yield
    except automation.CommandError as error:
        raise GroundworkError(
            "bootstrap-failed", f"{failed}:\n{diagnostics(error)}", "fix the error and run the command again: it continues"
        ) from error
