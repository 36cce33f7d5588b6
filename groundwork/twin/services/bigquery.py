"""BigQuery: a dataset is a folder, a table a folder of Parquet files in it, one a batch."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from groundwork.twin.home import Home, Refused
from groundwork.twin.services import schema
from groundwork.twin.services.kind import Fault, Kind, Properties, dig, known

NAME = re.compile(r"[A-Za-z0-9_]{1,1024}")
LABELS = frozenset({"description", "friendlyName", "labels"})


class Dataset(Kind):
    """A folder for tables."""

    type = "gcp:bigquery/dataset:Dataset"
    api = "bigquery.googleapis.com"
    required = frozenset({"datasetId"})
    optional = LABELS | {"maxTimeTravelHours"}
    immutable = frozenset({"datasetId", "location"})
    defaults = {"deleteContentsOnDestroy": False, "location": "US"}
    patterns = {"datasetId": NAME}

    def id(self, given: Properties) -> str:
        """Return Google's full name of it."""
        return f"projects/{given['project']}/datasets/{given['datasetId']}"

    def outputs(self, given: Properties) -> Properties:
        """Return where it is."""
        return {"selfLink": f"https://bigquery.googleapis.com/bigquery/v2/{self.id(given)}"}

    def apply(self, home: Home, given: Properties) -> None:
        """Make the folder."""
        _folder(home, given).mkdir(parents=True, exist_ok=True)

    def remove(self, home: Home, given: Properties) -> None:
        """Remove the folder, with tables only if the program said so."""
        tables = [id_ for id_, table in home.all(Table.type) if _folder(home, table) == _folder(home, given)]
        if tables and not given["deleteContentsOnDestroy"]:
            way_out = "drop them, or set `delete_contents_on_destroy` and run `pulumi up` first"
            raise Refused(f"dataset {given['datasetId']} still has tables", way_out)
        home.remove_tree(_folder(home, given))
        for table in tables:
            home.forget(Table.type, table)

    def exists(self, home: Home, given: Properties) -> bool:
        """Return whether the folder is there."""
        return _folder(home, given).is_dir()


class Table(Kind):
    """A folder of Parquet files, with the declared columns."""

    type = "gcp:bigquery/table:Table"
    api = Dataset.api
    required = frozenset({"datasetId", "tableId", "schema"})
    optional = LABELS | {"clusterings", "requirePartitionFilter", "tableConstraints", "timePartitioning"}
    immutable = frozenset({"datasetId", "tableId", "timePartitioning.field", "timePartitioning.type"})
    defaults = {"deletionProtection": True}
    patterns = {"datasetId": NAME, "tableId": NAME}

    def id(self, given: Properties) -> str:
        """Return Google's full name of it."""
        return f"projects/{given['project']}/datasets/{given['datasetId']}/tables/{given['tableId']}"

    def outputs(self, given: Properties) -> Properties:
        """Return where it is, and that it is no view."""
        return {"selfLink": f"https://bigquery.googleapis.com/bigquery/v2/{self.id(given)}", "type": "TABLE"}

    def faults(self, given: Properties) -> Iterator[Fault]:
        """Yield what is wrong with the columns, and a primary key of columns that are not there."""
        if not known(given["schema"]):
            return
        reasons = schema.mistakes(given["schema"])
        yield from (Fault("schema", reason) for reason in reasons)
        key = dig(given, "tableConstraints.primaryKey.columns") or []
        if not reasons and known(key) and (strangers := set(key) - set(schema.columns(given["schema"]))):
            yield Fault("tableConstraints", f"the primary key names columns that are not there: {', '.join(sorted(strangers))}")

    def check(self, home: Home, given: Properties) -> None:
        """Refuse a table in no dataset."""
        dataset = home.get(Dataset.type, Dataset().id(given))
        if not dataset or not dataset.ready or not Dataset().exists(home, dataset.inputs):
            raise Refused(
                f"dataset {given['datasetId']} does not exist", "create it in the same program and take its id from there"
            )

    def apply(self, home: Home, given: Properties) -> None:
        """Make the folder."""
        _table_folder(home, given).mkdir(parents=True, exist_ok=True)

    def replaced(self, old: Properties, given: Properties) -> frozenset[str]:
        """Retyped or narrowed columns mean a new table; dropped and added ones do not."""
        fits = known(given["schema"]) and schema.changes_in_place(old["schema"], given["schema"])
        return frozenset() if fits else frozenset({"schema"})

    def change(self, home: Home, old: Properties, given: Properties) -> None:
        """Refuse new columns that must have values; take the data of dropped columns out."""
        before, after = schema.columns(old["schema"]), schema.columns(given["schema"])
        if strict := [name for name, column in after.items() if name not in before and column.get("mode") == "REQUIRED"]:
            raise Refused(
                f"cannot add required columns to table {given['tableId']}: {', '.join(strict)}",
                "add them as NULLABLE, or replace the table",
            )
        self.check(home, given)
        schema.drop_columns(_table_folder(home, given), set(before) - set(after))

    def remove(self, home: Home, given: Properties) -> None:
        """Remove the folder with the data, unless the table is protected."""
        if given["deletionProtection"]:
            raise Refused(f"table {given['tableId']} is protected", "set `deletion_protection=False` and run `pulumi up` first")
        home.remove_tree(_table_folder(home, given))

    def exists(self, home: Home, given: Properties) -> bool:
        """Return whether the folder is there."""
        return _table_folder(home, given).is_dir()


def _folder(home: Home, given: Properties) -> Path:
    return home.root / "warehouse" / str(given["project"]) / str(given["datasetId"])


def _table_folder(home: Home, given: Properties) -> Path:
    return _folder(home, given) / str(given["tableId"])
