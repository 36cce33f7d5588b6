"""Serve the twin to the engine that started this process, and end with it.

The engine starts a provider several times a command, so what is imported here is felt: Pulumi's protocol is taken without the
SDK around it, which saves half a second each time.
"""

from __future__ import annotations

import importlib.util
import os
import signal
import socket
import sys
import threading
import time
import types
from concurrent import futures
from importlib import metadata
from pathlib import Path

from groundwork.contract.variables import IDENTITY_VARIABLE, TWIN_VARIABLE

"""Whom the process that runs the engine acts as; nobody, or empty: the person at the keyboard."""


# decision 1: the engine is Pulumi's own, and uses this process as Google's provider
def main() -> None:
    """Print the port that is served, as the engine expects, and serve until it is gone."""
    parent = os.getppid()
    threading.Thread(target=_leave_with, args=(parent, sys.argv[1:]), daemon=True).start()
    folder = os.environ.get(TWIN_VARIABLE, "")
    if not Path(folder).is_absolute():
        sys.exit(f"{TWIN_VARIABLE} must be the absolute path of the twin's folder, not `{folder}`")
    _without_sdk()
    import grpc  # noqa: PLC0415  after the thread that watches the parent
    from pulumi.runtime.proto import provider_pb2_grpc  # noqa: PLC0415  after `_without_sdk`

    from groundwork.errors import GroundworkError  # noqa: PLC0415  as above
    from groundwork.twin.cloudbuild.history import require_own  # noqa: PLC0415  as above
    from groundwork.twin.core.store import Store  # noqa: PLC0415  as above
    from groundwork.twin.interfaces.pulumi.provider import Provider  # noqa: PLC0415  as above

    server = grpc.server(futures.ThreadPoolExecutor(16), options=[("grpc.max_receive_message_length", -1)])
    store, identity = Store(Path(folder)), os.environ.get(IDENTITY_VARIABLE) or None
    try:
        require_own(store, identity)
    except GroundworkError as error:
        sys.exit(str(error))
    provider = Provider(store, metadata.version("pulumi-gcp"), identity)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    closing = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: closing.set())
    print(port, flush=True)  # noqa: T201  the engine reads it
    closing.wait()  # the engine waits for a provider that it has told to end
    server.stop(grace=10).wait()
    os._exit(0)


def _without_sdk() -> None:
    """Let `pulumi.runtime.proto` be imported without the packages around it, which load the whole SDK."""
    spec = importlib.util.find_spec("pulumi")
    if spec is None or not spec.submodule_search_locations:
        sys.exit("the `pulumi` package is not installed in this Python")
    root = Path(spec.submodule_search_locations[0])
    for name, folder in (("pulumi", root), ("pulumi.runtime", root / "runtime")):
        module = types.ModuleType(name)
        module.__path__ = [str(folder)]
        sys.modules[name] = module


def _leave_with(parent: int, arguments: list[str]) -> None:
    """End when the engine is gone, however it went; it may have gone before we looked for the first time."""
    if arguments and not _answers(arguments[-1]):
        os._exit(0)
    while os.getppid() == parent:
        time.sleep(0.2)
    os._exit(0)


def _answers(address: str) -> bool:
    """Return whether the engine, whose address is the last argument, is there."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=5).close()
    except (OSError, ValueError):
        return False
    return True


if __name__ == "__main__":
    main()
