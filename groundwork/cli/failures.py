"""What no command can help: where its output goes, and the disk that the twin is on. One error each, and no traceback."""

from __future__ import annotations

import errno
import os
import sqlite3
import sys
from contextlib import suppress

from groundwork.errors import GroundworkError

_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.EMFILE, errno.ENFILE})


def explained(error: Exception) -> GroundworkError | None:
    """Return an error of the machine's as one that a person can put right; None for a bug, which keeps its traceback."""
    match error:
        case GroundworkError():
            return error
        case UnicodeEncodeError():
            text = ascii(error.object[error.start : error.end])
            return GroundworkError(
                "output-encoding", f"the output is {error.encoding}, which lacks {text}", "set PYTHONIOENCODING=utf-8"
            )
        case sqlite3.OperationalError():
            return GroundworkError(
                "twin-unusable",
                f"the twin's records cannot be used: {error}",
                "see that you may write to its folder, and that its disk has room",
            )
        case OSError() if error.errno in _DISK:
            where = f" {error.filename}" if error.filename else ""
            return GroundworkError(
                "cannot-write",
                f"{error.strerror}:{where or ' what the output goes to'}",
                "see that you may write there, and that the disk has room",
            )
    return None


def drop_output() -> None:
    """Have what could not be written to stdout not be tried again when the process ends: that prints another error."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
