"""Copy a candidate's results once and within limits: no other object or row of a candidate is used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from shlex import quote

from groundwork.contract.ledger_records import Json
from groundwork.errors import GroundworkError
from groundwork.factory.artifacts import TABLE_BYTES, TABLE_ROWS, digest, read_bounded
from groundwork.ports.errors import Absent, Conflict
from groundwork.ports.fsspec_errors import port_errors
from groundwork.ports.platform import Platform


class Unfit(GroundworkError):
    """The candidate's results cannot be copied: missing, too large, or of another type. Another attempt fails as well."""

    def __init__(self, problem: str, error: GroundworkError) -> None:
        super().__init__("results-invalid", f"{problem}: {error.message}", error.hint)


@dataclass(frozen=True)
class Copies:
    """Objects as they are and tables as Parquet, in a folder that only the factory writes."""

    platform: Platform

    def plan(self, *, folder: str, objects: Json, dataset: str = "", tables: tuple[str, ...] = (), batch: str = "") -> Json:
        """Take the objects and tables to copy into a folder.

        `objects` has `url`, `most` (bytes) and `needed` by the copy's name; of each of the dataset's `tables` one batch is
        copied to `tables/<table>.parquet`.
        """
        copies = {name: dict(each) for name, each in objects.items()}
        return {"folder": folder, "objects": copies, "dataset": dataset, "tables": list(tables), "batch": batch}

    def apply(self, intent: Json) -> Json:
        """Copy everything that is not copied yet; return the digest of each copy by its name. Raises Unfit."""
        objects = {name: self._once(intent, name, partial(self._object, each)) for name, each in intent["objects"].items()}
        tables = {table: self._once(intent, _file(table), partial(self._table, intent, table)) for table in intent["tables"]}
        return {"objects": objects, "tables": tables}

    def revert(self, intent: Json) -> None:
        """Delete the copies."""
        for url in self._there(intent):
            with port_errors(url):
                self.platform.objects.rm_file(url)

    def leftovers(self, intent: Json) -> str:
        """Return the remaining copies."""
        return "; ".join(f"the copy {url}: `gcloud storage rm {quote(url)}`" for url in self._there(intent))

    def _once(self, intent: Json, name: str, read: Callable[[], bytes | None]) -> str | None:
        """Return the digest of an existing copy, or of a new one that overwrites no other."""
        url = f"{intent['folder']}/{name}"
        if (there := self._read(url)) is not None:
            return digest(there)
        content = read()
        if content is None:
            return None
        try:
            with port_errors(url, keep=FileExistsError), self.platform.objects.open(url, "xb") as file:
                file.write(content)
        except FileExistsError:  # another runner was first: the ledger decides which of the two holds the promotion
            return digest(self._read(url) or b"")
        return digest(content)

    def _read(self, url: str) -> bytes | None:
        try:
            with port_errors(url):
                content: bytes = self.platform.objects.cat_file(url)
        except Absent:
            return None
        return content

    def _object(self, source: Json) -> bytes | None:
        try:
            return read_bounded(self.platform.objects, source["url"], source["most"])
        except Absent as error:
            if source["needed"]:
                raise Unfit(f"it stored no {source['url'].rpartition('/')[2]}", error) from error
            return None
        except Conflict as error:
            raise Unfit("an object of it is too large", error) from error

    def _table(self, intent: Json, table: str) -> bytes:
        name = f"{intent['dataset']}.{table}"
        try:
            return self.platform.warehouse.export(name, batch=intent["batch"], rows=TABLE_ROWS, size=TABLE_BYTES)
        except (Absent, Conflict) as error:
            raise Unfit(f"its table {table} cannot be copied", error) from error

    def _there(self, intent: Json) -> list[str]:
        names = [*intent["objects"], *map(_file, intent["tables"])]
        return [url for name in names if self._is_there(url := f"{intent['folder']}/{name}")]

    def _is_there(self, url: str) -> bool:
        try:
            with port_errors(url):
                self.platform.objects.info(url)
        except Absent:
            return False
        return True


def _file(table: str) -> str:
    return f"tables/{table}.parquet"
