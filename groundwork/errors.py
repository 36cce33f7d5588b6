"""Errors that the reader can correct. Every other exception is a bug and keeps its traceback."""

from __future__ import annotations


class GroundworkError(Exception):
    """A problem that a user can correct: a code to search for, a message, and a hint with the next action."""

    def __init__(self, code: str, message: str, hint: str) -> None:
        super().__init__(code, message, hint)
        self.code = code
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.code})\nhint: {self.hint}"
