"""The stack of what outlives an environment, and where its state is: on this machine until the bucket for it is there.

Each part can be killed and begun again: as long as there is a state on this machine, it is the one that counts, and what is in
the bucket is written anew from it. It is removed here only once the bucket's copy has been read back.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from pulumi import automation

from groundwork.engine import Stack, diagnostics
from groundwork.errors import GroundworkError

PROJECT = "groundwork-bootstrap"
"""The Pulumi project of all such stacks."""

URL = "PULUMI_BACKEND_URL"


@dataclass(frozen=True, kw_only=True)
class Backend:
    """A place for states."""

    url: str
    """As Pulumi takes it: `gs://…`, `file://…`."""

    ready: Callable[[], bool]
    """Whether it is there at all."""

    recover: Callable[[Stack], object]
    """Puts right what a killed engine left of a stack there."""


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

    def run(self, program: Callable[[], None], here: Backend, bucket: Backend) -> Bootstrapped:
        """Bring everything about, and the state into the bucket; twice changes nothing. Raises GroundworkError."""
        with self._folder() as folder, self._said():
            there = not self._has(here, folder) and self._has(bucket, folder)
            done = self._up(program, bucket if there else here, folder)
            if not there:
                self._move(here, bucket, folder)
            changes = {str(getattr(kind, "value", kind)): n for kind, n in (done.summary.resource_changes or {}).items()}
            outputs = {name: str(output.value) for name, output in done.outputs.items()}
            return Bootstrapped(changes=changes, outputs=outputs, moved=not there)

    def _up(self, program: Callable[[], None], backend: Backend, folder: Path) -> automation.UpResult:
        if self._has(backend, folder):
            backend.recover(self._as_found(backend, folder))
        return automation.Stack.create_or_select(self._stack, self._workspace(backend, folder, program)).up(color="never")

    def _move(self, here: Backend, bucket: Backend, folder: Path) -> None:
        state = self._exported(here, folder)
        self._put(state, bucket, folder)
        kept = self._exported(bucket, folder)
        if kept["deployment"]["resources"] != state["deployment"]["resources"]:
            raise GroundworkError(
                "state-not-moved",
                f"what {bucket.url} gives back is not what was put there; the state on this machine is untouched",
                "run it again; if it stays so, see who else writes to the bucket",
            )
        self._run(here, folder, "stack", "rm", "--yes", "--force", "--remove-backups", "--stack", self._stack)

    def _put(self, state: Mapping[str, Any], bucket: Backend, folder: Path) -> None:
        """Write a state into the bucket; secrets in it stay as they are, and open with the same passphrase or key."""
        if self._has(bucket, folder):
            bucket.recover(self._as_found(bucket, folder))
        else:
            self._run(bucket, folder, "stack", "init", self._stack, "--no-select")
        file = folder / "state.json"
        file.write_text(json.dumps(state))
        self._run(bucket, folder, "stack", "import", "--file", str(file), "--stack", self._stack)

    def _exported(self, backend: Backend, folder: Path) -> dict[str, Any]:
        return dict(json.loads(self._run(backend, folder, "stack", "export", "--stack", self._stack)))

    def _has(self, backend: Backend, folder: Path) -> bool:
        if not backend.ready():
            return False
        listed = json.loads(self._run(backend, folder, "stack", "ls", "--json"))
        return self._stack in {str(stack["name"]).rpartition("/")[2] for stack in listed}

    def _run(self, backend: Backend, folder: Path, *words: str) -> str:
        return self._command.run(list(words), str(folder), {**self._variables, URL: backend.url}).stdout

    def _as_found(self, backend: Backend, folder: Path) -> Stack:
        return Stack(self._stack, folder, {**self._variables, URL: backend.url}, self._pulumi, project=PROJECT)

    def _workspace(self, backend: Backend, folder: Path, program: Callable[[], None]) -> automation.LocalWorkspace:
        variables = {**self._variables, URL: backend.url}
        return automation.LocalWorkspace(work_dir=str(folder), program=program, env_vars=variables, pulumi_command=self._command)

    @cached_property
    def _command(self) -> automation.PulumiCommand:
        return automation.PulumiCommand(str(self._pulumi))

    @contextmanager
    def _folder(self) -> Iterator[Path]:
        """Make a project folder for one run: the environment's settings under the name of this project."""
        with tempfile.TemporaryDirectory(prefix=f"{PROJECT}-") as name:
            folder = Path(name)
            (folder / "Pulumi.yaml").write_text(f"name: {PROJECT}\nruntime: python\n")
            settings = {"config": (yaml.safe_load(self._file.read_text()) or {}).get("config") or {}}
            (folder / f"Pulumi.{self._stack}.yaml").write_text(json.dumps(settings))
            yield folder

    @contextmanager
    def _said(self) -> Iterator[None]:
        try:
            yield
        except automation.CommandError as error:
            raise GroundworkError(
                "bootstrap-failed", f"the stack `{self._stack}` of {PROJECT} could not be made:\n{diagnostics(error)}",
                "put it right and run it again: it goes on where it was",
            ) from error  # fmt: skip
