"""Errors that the reader can put right. Anything else is a bug and keeps its traceback."""

from __future__ import annotations


class GroundworkError(Exception):
    """Something that a user can put right: a code to search for, what is wrong, and the way out."""

    def __init__(self, code: str, message: str, hint: str) -> None:
        super().__init__(code, message, hint)
        self.code = code
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.code})\nhint: {self.hint}"
