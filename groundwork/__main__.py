"""The `groundwork` command.

A shell evaluates the output of `twin env`, and treats empty output as success. So if the command fails for any reason, it prints
a command that fails: otherwise the commands behind it would run on the person's own account instead of the twin.
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
    with _fail_aloud() if _is_evaluated(sys.argv[1:]) else _exit_quietly_on_interrupt():
        from groundwork.cli.app import main as run  # noqa: PLC0415  errors during its import are handled, too

        run()


def _is_evaluated(words: list[str]) -> bool:
    """Return whether a shell evaluates the output; at a terminal, a person reads it."""
    return {"twin", "env"} <= set(words) and not sys.stdout.isatty()


@contextmanager
def _fail_aloud() -> Iterator[None]:
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    read = os.dup(1)  # a copy: the handling of an error may have redirected stdout
    try:
        with _exit_quietly_on_interrupt():
            yield
    except BaseException as ended:
        if not isinstance(ended, SystemExit) or ended.code:
            with suppress(OSError):  # the shell has ended, and evaluates nothing
                os.write(read, f"{FAILS}\n".encode())
        raise


@contextmanager
def _exit_quietly_on_interrupt() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)


if __name__ == "__main__":
    main()
