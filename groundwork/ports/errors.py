"""The four ways in which a port may say no. Ports raise these and nothing else."""

from __future__ import annotations

from typing import ClassVar

from groundwork.errors import GroundworkError


class PortError(GroundworkError):
    """A port said no; the subclass says how."""

    kind: ClassVar[str]

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(self.kind, message, hint)


class Absent(PortError):
    """What was named is not there."""

    kind = "absent"


class Conflict(PortError):
    """What is there differs from what the caller takes for granted; trying again does not help."""

    kind = "conflict"


class Denied(PortError):
    """The identity lacks a permission; the message names it, and the resource."""

    kind = "denied"


class Unavailable(PortError):
    """It may work later; the only one that is worth another try."""

    kind = "unavailable"
