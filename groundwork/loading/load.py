"""Files from a client into a raw table: checked whole, kept in the raw bucket, stored as one batch; all of it or nothing."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from groundwork.errors import GroundworkError
from groundwork.ports.errors import Absent, Denied, PortError
from groundwork.ports.warehouse import BATCH, Table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from groundwork.loading.check import Parsed
    from groundwork.ports.platform import Platform

REFUSED = "file-refused"
_SHOWN = 8


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """A file that is in the warehouse now."""

    batch: str
    rows: int
    already: bool
    """Whether it was there before, so that nothing was changed."""
    object: str
    """Where the file itself is kept, as `gs://…`."""


def load(platform: Platform, file: Path, *, table: str, bucket: str) -> Loaded:
    """Check a CSV file (UTF-8, a header, NA for no value), keep it as `<bucket>/<table>/<name>` and append its rows to a table.

    The batch is named by the file's name and content, so that the same file is stored once. Raises GroundworkError `file-refused`
    with all that is wrong with the file, and the errors of the ports.
    """
    content = _content(file)
    batch = f"{_plain(file.stem)}-{hashlib.sha256(content).hexdigest()[:12]}"
    declared = platform.warehouse.describe(table)
    parsed = _parsed(file, content, declared)
    kept = f"gs://{bucket}/{table.rpartition('.')[2]}/{file.name}"
    already = batch in platform.warehouse.batches(table)
    if not already:
        _refuse(file, _stored_elsewhere(platform, parsed, declared, table, batch))
        new = _keep(platform, content, kept)
        try:
            platform.warehouse.append(table, parsed.frame(), batch=batch)
        except PortError:
            if new:
                platform.objects.rm(kept)
            raise
    return Loaded(batch=batch, rows=parsed.count, already=already, object=kept)


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        hint = "give the path of a CSV file that you may read"
        raise GroundworkError(REFUSED, f"{file} cannot be read: {error.strerror}", hint) from error


def _parsed(file: Path, content: bytes, declared: Table) -> Parsed:
    from groundwork.loading.check import parse  # noqa: PLC0415  loads what only loading needs

    parsed = parse(content, declared)
    _refuse(file, parsed.problems)
    return parsed


def _stored_elsewhere(platform: Platform, parsed: Parsed, declared: Table, table: str, batch: str) -> list[str]:
    """Return one problem for the rows whose keys another batch has stored already."""
    if not declared.key:
        return []
    names = ", ".join(f"`{name}`" for name in declared.key)
    stored = platform.warehouse.query(
        f"SELECT {names}, {BATCH} FROM stored WHERE {BATCH} != @batch",  # noqa: S608  declared names, quoted
        tables={"stored": table},
        parameters={"batch": batch},
    )
    return parsed.already_in(stored)


def _keep(platform: Platform, content: bytes, kept: str) -> bool:
    """Keep the file itself; return whether there was none of that name."""
    try:
        new = not platform.objects.exists(kept)
        platform.objects.pipe_file(kept, content)
    except FileNotFoundError as error:
        raise Absent(f"the file cannot be kept: {error}", "make the bucket with `pulumi up`") from error
    except PermissionError as error:
        raise Denied(f"the file cannot be kept: {error}", "have the program grant it, or load as somebody who may") from error
    return new


def _refuse(file: Path, problems: Iterable[str]) -> None:
    found = list(problems)
    if not found:
        return
    shown = "".join(f"\n  {problem}" for problem in found[:_SHOWN])
    more = f"\n  and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    count = "1 problem" if len(found) == 1 else f"{len(found)} problems"
    raise GroundworkError(REFUSED, f"{file} has {count}:{shown}{more}", "correct the file and load it again; nothing was stored")


def _plain(stem: str) -> str:
    """Return a file's name as a batch may be named."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", stem).lstrip("._-")[:100] or "file"
