"""Errors of the machine (an output that cannot be written, the disk of the twin), each as one error without a traceback."""

from __future__ import annotations

import errno
import os
import sqlite3
import sys
from contextlib import suppress

from groundwork.errors import GroundworkError

_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.EMFILE, errno.ENFILE})


def explained(error: Exception) -> GroundworkError | None:
    """Return an error of the machine as an error with a hint; None for a bug, which keeps its traceback."""
    match error:
        case GroundworkError():
            return error
        case UnicodeEncodeError():
            text = ascii(error.object[error.start : error.end])
            return GroundworkError(
                "output-encoding-unsupported",
                f"the encoding of the output, {error.encoding}, cannot represent {text}",
                "set PYTHONIOENCODING=utf-8",
            )
        case sqlite3.OperationalError():
            return GroundworkError(
                "twin-unavailable",
                f"the records of the twin cannot be used: {error}",
                "make sure that you can write to the twin's folder, and that its disk has free space",
            )
        case OSError() if error.errno in _DISK:
            return GroundworkError(
                "output-unwritable",
                f"{error.strerror}: {error.filename or 'the output of the command'}",
                "make sure that you can write there, and that the disk has free space",
            )
    return None


def drop_output() -> None:
    """Discard output that could not be written to stdout: Python tries it again at exit, and prints a second error."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
