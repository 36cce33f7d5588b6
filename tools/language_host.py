#!/usr/bin/env python3
"""Runs a Python Pulumi program for a `pulumi` that has no language host of its own.

A CLI built from its Go module lacks the host that the official installer ships. The engine starts this file from
beside its own binary, reads the port from its first line of output, and asks it over gRPC to run the program. Proven with the
CLI 3.259.0 and the Python SDK 3.272.0. It is copied out of the checkout, so it imports nothing of it.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import runpy
import signal
import socket
import sys
import threading
import time
import traceback
from concurrent import futures
from importlib import metadata
from pathlib import Path
from typing import Any

try:
    import grpc
    from pulumi import RunError
    from pulumi.automation._server import LanguageServer  # the SDK's own servicer, for inline programs
    from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2
except ImportError as error:
    sys.exit(f"{sys.executable} has no `pulumi` package ({error}): put the project's environment first on the PATH")


class Host(LanguageServer):
    """The SDK's servicer for a program in a folder, instead of a function."""

    def __init__(self) -> None:
        super().__init__(lambda: None)

    def Handshake(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802  the protocol's signature, here and below
        """Return an empty response."""
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        """Return the version of the SDK of the programs."""
        return plugin_pb2.PluginInfo(version=metadata.version("pulumi"))

    def Run(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Run the program's `__main__.py` in its folder, which is first on the import path, like the official host."""
        root = str(Path(request.info.program_directory or request.pwd, request.info.entry_point or "."))
        os.chdir(root)
        sys.path.insert(0, root)
        gc.disable()  # a program lives for seconds, and the SDK's wait loop spends half of them collecting garbage
        self.program = lambda: _run(root)
        result = super().Run(request, context)  # type: ignore[no-untyped-call]  # the SDK's
        # The SDK has already printed the error. If it is also returned, the engine prints it a second time.
        return language_pb2.RunResponse(bail=True) if result.error else result


def _run(root: str) -> None:
    """Run the program; tracebacks of its errors begin with its own first line, without the frames of this host and the SDK."""
    try:
        runpy.run_path(str(Path(root, "__main__.py")), run_name="__main__")
    except (RunError, asyncio.CancelledError, grpc.RpcError):
        raise
    except SystemExit as leaving:
        if leaving.code not in {None, 0}:
            raise RunError(f"the program ended with exit code {leaving.code}") from leaving
    except BaseException as error:
        raise RunError(_traceback(error, root)) from error


def _traceback(error: BaseException, root: str) -> str:
    """Return the traceback that Python prints if it runs the program directly."""
    trace = error.__traceback__
    while trace and not trace.tb_frame.f_code.co_filename.startswith(root):
        trace = trace.tb_next
    return "".join(
        ["the program raised an error:\n", *traceback.format_exception(type(error), error, trace or error.__traceback__)]
    )


def _leave_with(parent: int, arguments: list[str]) -> None:
    """Exit when the engine has ended for any reason, even before the first check."""
    if arguments and not _answers(arguments[-1]):
        os._exit(0)
    while os.getppid() == parent:
        time.sleep(0.2)
    os._exit(0)


def _answers(address: str) -> bool:
    """Return whether the engine accepts connections at the address."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=5).close()
    except (OSError, ValueError):
        return False
    return True


def main() -> None:
    """Print the port of the server, as the engine expects, and serve until the engine ends."""
    threading.Thread(target=_leave_with, args=(os.getppid(), sys.argv[1:]), daemon=True).start()
    logging.getLogger("grpc").setLevel(logging.ERROR)
    server = grpc.server(futures.ThreadPoolExecutor(8))
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(Host(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    closing = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: closing.set())
    print(port, flush=True)  # noqa: T201  the engine reads it
    closing.wait()
    sys.stdout.flush()
    os._exit(0)


main()
