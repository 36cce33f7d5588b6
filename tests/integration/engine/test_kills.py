"""An `up` that was killed: nothing keeps running, and what it made is adopted, not orphaned."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import psutil
import pytest

from groundwork.twin import lifecycle
from groundwork.twin.core.store import Store
from groundwork.twin.interfaces.pulumi import orphaned_creates
from groundwork.twin.registry import RESOURCE_TYPES

if TYPE_CHECKING:
    from tests.integration.engine.conftest import Engine

pytestmark = [pytest.mark.engine]

BUCKET = "gcp:storage/bucket:Bucket"
PROGRAM = """
    import pulumi
    import pulumi_gcp as gcp

    api = gcp.projects.Service("api", service="storage.googleapis.com")
    group = pulumi.ComponentResource("groundwork:data:Data", "data", {})
    for name in ("made", "lost"):
        opts = pulumi.ResourceOptions(parent=group, depends_on=[api])
        gcp.storage.Bucket(name, name=f"northwind-{name}", location="EU", opts=opts)
"""


def _until(what: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not what():
        assert time.monotonic() < end, "it did not come to that in a minute"
        time.sleep(0.05)


def _left(engine: Engine) -> list[psutil.Process]:
    """Return every process that works for this twin, whoever started it."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("GROUNDWORK_TWIN") == str(engine.store.root):
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue
    return [process for process in found if process.status() != psutil.STATUS_ZOMBIE]


def _pending(engine: Engine) -> set[str]:
    """Return the names of creates that the engine has written down as under way."""
    file = engine.root / "state/.pulumi/stacks/trial/dev.json"
    try:
        state = json.loads(file.read_text())["checkpoint"].get("latest")  # a stack that was just made has none
    except (OSError, ValueError):
        return set()
    return {operation["resource"]["urn"].rpartition("::")[2] for operation in (state or {}).get("pending_operations") or []}


def _finish(store: Store, name: str) -> None:
    """Do what the provider, which waits for the lock that we hold, would have done before the engine heard of it."""
    resource_type = RESOURCE_TYPES[BUCKET]
    given = lifecycle.completed(resource_type, {"name": name, "location": "EU"}, "northwind-ml-dev")
    resource_type.apply(store, given)
    store.put(BUCKET, name, given, ready=True)


def test_a_killed_up_leaves_no_process_and_what_it_made_is_adopted(engine: Engine) -> None:
    engine.program(PROGRAM)
    with engine.store.lock(BUCKET, "northwind-made"), engine.store.lock(BUCKET, "northwind-lost"):
        process = engine.start("up", "--yes", "--skip-preview")
        _until(lambda: _pending(engine) == {"made", "lost"})
        _finish(engine.store, "northwind-made")
        os.kill(process.pid, signal.SIGKILL)
        _until(lambda: not _left(engine))
    assert [path.name for path in (engine.store.root / "buckets").iterdir()] == ["northwind-made"]

    engine.ok("cancel", "--yes")
    found = orphaned_creates.orphaned(engine.store, engine.state())
    assert [(made.name, made.id) for made in found] == [("made", "northwind-made")]

    file = engine.root / "adopt.json"
    file.write_text(json.dumps(orphaned_creates.import_file(found)))
    engine.ok("import", "--file", str(file), "--generate-code=false", "--protect=false", "--yes", "--skip-preview")
    engine.up()
    engine.ok("preview", "--expect-no-changes")
    assert engine.resources()["made"]["parent"].endswith("::data")

    engine.ok("destroy", "--yes", "--skip-preview")
    assert list((engine.store.root / "buckets").iterdir()) == []
