"""The four errors of ports. Ports raise these and nothing else."""

from __future__ import annotations

from typing import ClassVar

from groundwork.errors import GroundworkError


class PortError(GroundworkError):
    """A port refused a request; the subclass says how."""

    error_code: ClassVar[str]

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(self.error_code, message, hint)


class Absent(PortError):
    """The named resource does not exist."""

    error_code = "resource-not-found"


class Conflict(PortError):
    """The state differs from the one that the caller assumes; trying again does not help."""

    error_code = "resource-conflict"


class Denied(PortError):
    """The identity lacks a permission; the message names it, and the resource."""

    error_code = "permission-denied"


class Unavailable(PortError):
    """The request may succeed later; only this error is worth a retry."""

    error_code = "service-unavailable"
