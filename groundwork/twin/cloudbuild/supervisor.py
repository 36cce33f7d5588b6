"""Runs one step's program, and ends what it leaves: `python -I -m groundwork.twin.cloudbuild.supervisor PROGRAM ARGUMENT…`.

A step may start anything: a Jupyter kernel in a session of its own, pipeline steps below that. Whatever way the build ends,
kill -9 included, this process sees its standard input close, and ends every descendant before itself. It exits as the program
did; for one that was killed with 128 and the signal's number.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from contextlib import suppress

from groundwork.contract.variables import BUILD_STEP_VARIABLE
from groundwork.twin.core.processes import adopt_orphans, end_descendants, end_marked

# decision 4: on the twin a build step is a process of this machine
NOT_FOUND, NOT_RUNNABLE, CLOSED = 127, 126, 137


def main(command: list[str]) -> int:
    """Run the command until it or the input ends."""
    adopts = adopt_orphans()
    # With handlers, not SIG_IGN: programs inherit what is ignored.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, _nothing)
    read, write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC) if hasattr(os, "pipe2") else _pipe()
    signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    try:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    except FileNotFoundError:
        return _refuse(NOT_FOUND, f"there is no program `{command[0]}` here")
    except OSError as error:
        return _refuse(NOT_RUNNABLE, f"`{command[0]}` cannot be run: {error.strerror}")
    code = _wait(child, read)
    if adopts:
        end_descendants()
    else:
        child.kill()
        child.wait()
        end_marked(BUILD_STEP_VARIABLE, os.environ[BUILD_STEP_VARIABLE])
    return code


def _wait(child: subprocess.Popen[bytes], woken: int) -> int:
    while (code := child.poll()) is None:
        ready, _, _ = select.select([sys.stdin, woken], [], [])
        if sys.stdin in ready:
            return CLOSED
        with suppress(BlockingIOError):
            os.read(woken, 512)
    return code if code >= 0 else 128 - code


def _pipe() -> tuple[int, int]:
    read, write = os.pipe()
    os.set_blocking(read, False)
    os.set_blocking(write, False)
    return read, write


def _nothing(_number: int, _frame: object) -> None: ...


def _refuse(code: int, message: str) -> int:
    sys.stderr.write(message + "\n")
    return code


if __name__ == "__main__":
    status = main(sys.argv[1:])
    sys.stdout.flush()
    os._exit(status)
