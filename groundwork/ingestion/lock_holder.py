"""The process that holds a table's lock, and whether it is still alive."""

from __future__ import annotations

import getpass
import os
import socket
import time
import uuid
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

LEASE = 30 * 60.0
"""Seconds after which a holder on another machine, which cannot be checked, counts as dead. A load takes minutes."""


class Holder(BaseModel):
    """A process that holds, or held, the lock."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    batch: str
    """The batch that it loads or retracts."""
    name: str
    """The name of the process, for people."""
    at: float
    """Start, in seconds since 1970."""
    machine: str
    boot: str
    """Id of the machine's boot."""
    space: str
    """Its namespace of processes: each container has its own."""
    process: int
    started: str
    """Start of the process: a later process can have the same number."""

    @classmethod
    def present(cls, batch: str) -> Holder:
        """Return this process."""
        process = os.getpid()
        return cls(
            batch=batch,
            name=f"process {process} of {_user()} on {socket.gethostname()}",
            at=time.time(),
            machine=f"{socket.gethostname()} {uuid.getnode():x}",
            boot=_boot(),
            space=_space(),
            process=process,
            started=_started(process),
        )

    def lives(self) -> bool:
        """Return whether it may still run; a process that cannot be checked counts as alive until the lease ends."""
        present = Holder.present(self.batch)
        if (self.machine, self.boot, self.space) == (present.machine, present.boot, present.space):
            return bool(self.started) and _started(self.process) == self.started
        if self.machine == present.machine and self.boot != present.boot:
            return False
        return time.time() - self.at < LEASE


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return str(os.getuid())


@cache
def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        import psutil  # noqa: PLC0415  where there is no /proc

        return str(round(psutil.boot_time(), -2))


def _space() -> str:
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""


def _started(process: int) -> str:
    """Return the start time of a process, which differs from that of a later one with the same number; "" if it has ended."""
    import psutil  # noqa: PLC0415  only loads need it

    try:
        if psutil.Process(process).status() == psutil.STATUS_ZOMBIE:
            return ""
        stat = Path(f"/proc/{process}/stat")
        if stat.exists():  # in jiffies since the machine started: the value of psutil changes when the clock is corrected
            return stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[19]
        return str(psutil.Process(process).create_time())
    except (psutil.Error, OSError, IndexError):
        return ""
