"""The platform, as a pipeline sees it: its deployment, the warehouse, and the errors that it raises and handles."""

from __future__ import annotations

from groundwork.adapters.connect import connect
from groundwork.contract.deployment import Deployment
from groundwork.errors import GroundworkError
from groundwork.ports.errors import Absent, Conflict, Denied, PortError, Unavailable
from groundwork.ports.warehouse import Scalar, Warehouse

__all__ = [
    "Absent",
    "Conflict",
    "Denied",
    "Deployment",
    "GroundworkError",
    "PortError",
    "Scalar",
    "Unavailable",
    "Warehouse",
    "connect",
]
