"""Candidates' stacks on the twin: their states are files below `state/`, as those of the environments are."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from groundwork.contract.variables import IDENTITY_VARIABLE
from groundwork.engine.candidate_stacks import PROJECT, CandidateStacks
from groundwork.engine.stack import Stack
from groundwork.errors import GroundworkError
from groundwork.ports.errors import Unavailable
from groundwork.ports.stacks import Stacks
from groundwork.twin.core import shell
from groundwork.twin.core.store import Store
from groundwork.twin.iam.permissions import require
from groundwork.twin.iam.service_accounts import DOMAIN
from groundwork.twin.interfaces.pulumi import recovery

_PATIENCE = 20.0
"""Seconds in which an engine notices that its program has died, and ends by itself."""


def twin_stacks(store: Store, identity: str | None = None) -> Stacks:
    """Return the stacks of candidates on a twin; raises Denied.

    The engine acts as the identity. On Google a grant on the bucket of states decides who can run it at all; here states are
    files, and an identity that may start builds may run it.
    """
    if identity is not None:
        require(store, identity, "cloudbuild.builds.create", f"projects/{identity.partition('@')[2].removesuffix(DOMAIN)}")
    variables = {**shell.environment(store.root), IDENTITY_VARIABLE: identity or ""}
    return CandidateStacks(variables, store.root, TwinCandidateStates(store))


class TwinCandidateStates:
    """See `groundwork.engine.candidate_stacks.CandidateStates`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._state = store.root / "state/.pulumi"

    def there(self, stack: str) -> bool:
        """Return whether the stack has a state."""
        return self._file(stack).exists()

    def recover(self, stack: Stack) -> None:
        """Free a stack of a dead engine's lock and adopt the resources that it made; quick where there is nothing to do."""
        end = time.monotonic() + _PATIENCE
        while self._half_made(stack.name):
            try:
                recovery.recover(self._store, stack)
            except GroundworkError as error:
                if error.code != "stack-busy" or time.monotonic() > end:
                    raise Unavailable(error.message, error.hint) from error
                time.sleep(0.1)
            else:
                return

    def leftovers(self, stack: str) -> list[str]:
        """Return the files of a stack, each as a phrase."""
        return sorted(f"the file {file.relative_to(self._store.root)}" for place in self._places(stack) for file in _files(place))

    def sweep(self, stack: str) -> None:
        """Remove files and folders of a stack."""
        for place in self._places(stack):
            if place.is_dir():
                shutil.rmtree(place, ignore_errors=True)
            else:
                place.unlink(missing_ok=True)

    def _half_made(self, stack: str) -> bool:
        return any((self._state / "locks/organization" / PROJECT / stack).glob("*.json")) or (
            '"pending_operations"' in self._file(stack).read_text()
        )

    def _file(self, stack: str) -> Path:
        return self._state / "stacks" / PROJECT / f"{stack}.json"

    def _places(self, stack: str) -> list[Path]:
        """Return the places of a stack's files: its state, the engine's files beside it, and folders of its own."""
        parts = (self._state / name / PROJECT / stack for name in ("history", "backups", "locks/organization"))
        return [*self._file(stack).parent.glob(f"{stack}.json*"), *(part for part in parts if part.exists())]


def _files(place: Path) -> Iterator[Path]:
    """Yield a file itself, and of a folder the files in it, or the folder when there are none."""
    inside = sorted(file for file in place.rglob("*") if file.is_file()) if place.is_dir() else []
    yield from inside or [place]
