"""Recovers a stack of the twin after its engine was killed: removes the lock, and adopts the resources that the engine made.

Everything is Pulumi's own: `cancel`, `stack export` and `import`. Only which resources to import is looked up on the twin.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from groundwork.errors import GroundworkError
from groundwork.twin.interfaces.pulumi import orphaned_creates

if TYPE_CHECKING:
    from groundwork.engine.stack import Stack
    from groundwork.twin.core.store import Store


def recover(store: Store, stack: Stack, backend: Path | None = None) -> list[str]:
    """Free a stack and adopt the resources of its pending operations; return its actions, as plain sentences.

    `backend` is the folder that holds the state; None: the twin's own. Raises GroundworkError while an engine works on the stack.
    Twice does no harm.
    """
    state = (backend or store.root / "state") / ".pulumi"
    locks = list((state / "locks/organization" / stack.project / stack.name).glob("*.json"))
    if working := [pid for pid in map(_engine, locks) if pid]:
        raise GroundworkError(
            "stack-busy", f"Pulumi works on `{stack.name}` (process {working[0]})", "wait for it, or end it, and try again"
        )
    done = []
    if locks:
        for unfinished in (state / "stacks" / stack.project).glob(f"{stack.name}.*.tmp"):
            unfinished.unlink()  # no others: engines are at work on the stacks beside
        stack.cancel()
        done.append(f"stack {stack.name}: removed the lock of an engine that had died")
    exported = stack.exported()
    if found := orphaned_creates.orphaned(store, exported):
        stack.adopt(orphaned_creates.import_file(found))
        done.append(f"stack {stack.name}: adopted {', '.join(resource.name for resource in found)}, made before the engine died")
    if operations := exported["deployment"].get("pending_operations"):
        stack.forget_unfinished()
        done.append(
            f"stack {stack.name}: {len(operations) - len(found)} more operations had not ended; the next `up` makes up for them"
        )
    return done


def _engine(lock: Path) -> int:
    """Return the process that holds a lock of the file backend, or 0 when it is gone."""
    try:
        pid = int(json.loads(lock.read_text())["pid"])
        return pid if psutil.Process(pid).name() == "pulumi" else 0
    except (OSError, ValueError, KeyError, psutil.Error):
        return 0
