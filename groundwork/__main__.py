"""The `groundwork` command.

A shell evaluates what `twin env` prints, and takes nothing for success. So where that fails, in whatever way, it prints a command
that fails: what a person wrote behind it would run on their own account, not on the twin.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

FAILS = "false"
"""The command that fails, in every shell."""


def main() -> None:
    """Run a command."""
    with _failing_aloud() if _is_evaluated(sys.argv[1:]) else _interrupted_quietly():
        from groundwork.cli.app import main as run  # noqa: PLC0415  what goes wrong while it loads is to be told, too

        run()


def _is_evaluated(words: list[str]) -> bool:
    """Return whether a shell evaluates what is printed; whoever typed it at a terminal reads it."""
    return {"twin", "env"} <= set(words) and not sys.stdout.isatty()


@contextmanager
def _failing_aloud() -> Iterator[None]:
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    read = os.dup(1)  # of its own: whoever handles an error may have put stdout elsewhere by then
    try:
        with _interrupted_quietly():
            yield
    except BaseException as ended:
        if not isinstance(ended, SystemExit) or ended.code:
            with suppress(OSError):  # the reader has gone, and evaluates nothing
                os.write(read, f"{FAILS}\n".encode())
        raise


@contextmanager
def _interrupted_quietly() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)


if __name__ == "__main__":
    main()
