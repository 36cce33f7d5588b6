"""Loads a client's file into a raw table: checks it, keeps it in the raw bucket, and stores it as one batch, or does nothing."""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from groundwork.errors import GroundworkError
from groundwork.ingestion.table_lock import Turns
from groundwork.ports.errors import Absent, PortError, Unavailable
from groundwork.ports.fsspec_errors import port_errors
from groundwork.ports.warehouse import BATCH, Table, check_batch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from groundwork.ingestion.csv_check import Parsed
    from groundwork.ports.platform import Platform

REFUSED = "file-refused"
MOST_BYTES = 512_000_000
"""Largest file; loading takes two to three times as much memory."""
_SHOWN = 8


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """A loaded file."""

    batch: str
    rows: int
    """Without the header."""
    already: bool
    """Whether it was stored before, so that nothing changed."""
    object: str
    """Address of the kept file, `gs://…`."""


@dataclass(frozen=True, kw_only=True)
class RawTable:
    """A raw table, and the bucket that keeps the files that were loaded into it."""

    platform: Platform
    table: str
    """`project.dataset.table`."""
    bucket: str

    def load(self, file: Path, say: Callable[[str], None]) -> Loaded:
        """Check a CSV file, keep it as `<bucket>/<table>/<batch>.csv` and append its rows.

        The file is in UTF-8, with a header and commas; an empty field without quotes is NULL. The batch is named by the file's
        name and content, so that the same file is stored once. Loads into one table wait for each other, and report this to
        `say`. Raises GroundworkError `file-refused` with all problems of the file, and the errors of the ports.
        """
        content = _content(file)
        batch = f"{_plain(file.stem)}-{hashlib.sha256(content).hexdigest()[:12]}"
        parsed = _parsed(file, content, self.platform.warehouse.describe(self.table))
        if parsed.table.key:
            with self._turns.turn(batch, self._mend, say) as turn:
                already = self._store(file, parsed, batch)
                if turn.over() and not already:
                    self._remove(batch)
                    raise Unavailable(
                        f"{file} took too long, and other loads continued without it; nothing was stored", "load it again"
                    )
        else:  # without a key, rows cannot conflict
            already = self._store(file, parsed, batch)
        return Loaded(batch=batch, rows=parsed.count, already=already, object=self.kept(batch))

    def retract(self, batch: str, say: Callable[[str], None]) -> None:
        """Remove a batch's rows, and then its file; raises Absent if there is neither, and the errors of the ports."""
        check_batch(batch)
        self.platform.warehouse.describe(self.table)
        with self._turns.turn(batch, self._mend, say) as turn:
            if not self._remove(batch) and batch not in turn.mended:
                raise Absent(
                    f"there is no batch `{batch}` in `{self.table}`: nothing was retracted",
                    "run `groundwork load --batches` to list the stored batches",
                )

    def batches(self) -> list[dict[str, object]]:
        """Return the stored batches in order: `batch`, `rows`, and the kept `file`."""
        counts = self.platform.warehouse.query(
            f"SELECT {BATCH}, COUNT(*) AS n FROM stored GROUP BY {BATCH} ORDER BY {BATCH}",  # noqa: S608  a constant
            tables={"stored": self.table},
        )
        return [
            {"batch": batch, "rows": int(rows), "file": self.kept(batch)}
            for batch, rows in counts.itertuples(index=False, name=None)
        ]

    def kept(self, batch: str) -> str:
        """Return the address of a batch's file: each batch has its own object."""
        return f"gs://{self.bucket}/{self.name}/{batch}.csv"

    def _store(self, file: Path, parsed: Parsed, batch: str) -> bool:
        """Keep the file and append its rows, or neither; return whether both were stored before."""
        if self._has(batch):
            return True
        _refuse(file, self._stored_elsewhere(parsed, batch))
        try:
            with port_errors(self.kept(batch)):
                self.platform.objects.pipe_file(self.kept(batch), parsed.content)
            self.platform.warehouse.append(self.table, parsed.frames(), batch=batch)
        except BaseException:  # also Ctrl-C
            with suppress(PortError):  # the next load removes objects that cannot be removed now
                self._mend(batch)
            raise
        return False

    def _stored_elsewhere(self, parsed: Parsed, batch: str) -> list[str]:
        """Return one problem for the rows with keys that another batch has stored."""
        if not parsed.table.key:
            return []
        names = ", ".join(f"`{name}`" for name in parsed.table.key)
        stored = self.platform.warehouse.query(
            f"SELECT {names}, {BATCH} FROM stored WHERE {BATCH} != @batch",  # noqa: S608  declared names, quoted
            tables={"stored": self.table},
            parameters={"batch": batch},
        )
        return parsed.already_in(stored)

    def _mend(self, batch: str) -> bool:
        """Remove the file of a batch without rows, as after a kill; return whether there was one."""
        return not self._has(batch) and self._forget(batch)

    def _remove(self, batch: str) -> bool:
        """Remove a batch's rows and file; return whether there was any."""
        stored = self._has(batch)
        self.platform.warehouse.retract(self.table, batch=batch)
        return self._forget(batch) or stored

    def _has(self, batch: str) -> bool:
        return batch in self.platform.warehouse.batches(self.table)

    def _forget(self, batch: str) -> bool:
        url = self.kept(batch)
        with port_errors(url):
            there = bool(self.platform.objects.exists(url))
            if there:
                self.platform.objects.rm(url)
        return there

    @property
    def _turns(self) -> Turns:
        return Turns(self.platform.objects, f"gs://{self.bucket}/_turns/{self.name}")

    @property
    def name(self) -> str:
        """The table's name in its dataset."""
        return self.table.rpartition(".")[2]


def load(platform: Platform, file: Path, *, table: str, bucket: str, say: Callable[[str], None] = lambda _: None) -> Loaded:
    """Load a file into a raw table, as `RawTable.load` does."""
    return RawTable(platform=platform, table=table, bucket=bucket).load(file, say)


def _content(file: Path) -> bytes:
    try:
        size = file.stat().st_size
        if not file.is_file():
            raise _unread(f"{file} is not a regular file")
        if size > MOST_BYTES:
            raise GroundworkError(
                REFUSED,
                f"{file} has {size / 1e6:,.0f} MB, and at most {MOST_BYTES / 1e6:,.0f} MB are loaded at once",
                "split it into files of fewer rows, each with the header; nothing was stored",
            )
        return file.read_bytes()
    except OSError as error:
        raise _unread(f"{file} cannot be read: {error.strerror}") from error


def _unread(message: str) -> GroundworkError:
    return GroundworkError(REFUSED, message, "name the path of a CSV file that you may read")


def _parsed(file: Path, content: bytes, declared: Table) -> Parsed:
    from groundwork.ingestion.csv_check import parse  # noqa: PLC0415  pandas is slow to load

    parsed = parse(content, declared)
    _refuse(file, parsed.problems)
    return parsed


def _refuse(file: Path, problems: Iterable[str]) -> None:
    every = list(problems)
    if not every:
        return
    shown = "".join(f"\n  {problem}" for problem in every[:_SHOWN])
    more = f"\n  and {len(every) - _SHOWN} more" if len(every) > _SHOWN else ""
    count = "1 problem" if len(every) == 1 else f"{len(every)} problems"
    raise GroundworkError(REFUSED, f"{file} has {count}:{shown}{more}", "correct the file and load it again; nothing was stored")


def _plain(stem: str) -> str:
    """Return a file's name with only the characters that a batch's name may have."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", stem).lstrip("._-")[:100] or "file"
