"""BigQuery: a dataset is a folder, a table a folder of Parquet files in it, one a batch; a view is only on record."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from groundwork.twin.bigquery import schema
from groundwork.twin.bigquery.views import DATASET, TABLE, check_view, forget_authorisations, is_view, view_faults
from groundwork.twin.core.resource_type import Fault, Properties, ResourceType, dig, known
from groundwork.twin.core.store import Refused, Store

VERBS = {"create": "create", "read": "get", "update": "update", "delete": "delete"}
LABELS = frozenset({"description", "friendlyName", "labels"})


class Dataset(ResourceType):
    """A folder for tables."""

    type = DATASET
    api = "bigquery.googleapis.com"
    required = frozenset({"datasetId"})
    optional = LABELS | {"defaultTableExpirationMs", "defaultEncryptionConfiguration", "maxTimeTravelHours"}
    immutable = frozenset({"datasetId", "location"})
    defaults = {"deleteContentsOnDestroy": False, "location": "US"}
    encrypted_by = "defaultEncryptionConfiguration.kmsKeyName"
    key_agents = ("bigquery",)
    permissions = {doing: f"bigquery.datasets.{verb}" for doing, verb in VERBS.items()}
    owner = "roles/bigquery.dataOwner"
    """https://cloud.google.com/bigquery/docs/access-control#bigquery.user: who creates a dataset is granted this on it."""

    def id(self, given: Properties) -> str:
        """Return Google's full name of it."""
        return f"projects/{given['project']}/datasets/{given['datasetId']}"

    def outputs(self, given: Properties) -> Properties:
        """Return where it is."""
        return {"selfLink": f"https://bigquery.googleapis.com/bigquery/v2/{self.id(given)}"}

    def apply(self, store: Store, given: Properties) -> None:
        """Make the folder."""
        _folder(store, given).mkdir(parents=True, exist_ok=True)

    def remove(self, store: Store, given: Properties) -> None:
        """Remove the folder, with tables only if the program said so, and what its views or others' were authorised for."""
        tables = [id_ for id_, table in store.all(Table.type) if _folder(store, table) == _folder(store, given)]
        if tables and not given["deleteContentsOnDestroy"]:
            way_out = "drop them, or set `delete_contents_on_destroy` and run `pulumi up` first"
            raise Refused(f"dataset {given['datasetId']} still has tables", way_out)
        store.remove_tree(_folder(store, given))
        for table in tables:
            store.forget(Table.type, table)
        forget_authorisations(store, dataset=(given["project"], given["datasetId"]))

    def exists(self, store: Store, given: Properties) -> bool:
        """Return whether the folder is there."""
        return _folder(store, given).is_dir()


class Table(ResourceType):
    """A folder of Parquet files, with the declared columns; or a view."""

    type = TABLE
    api = Dataset.api
    required = frozenset({"datasetId", "tableId"})
    optional = LABELS | {"clusterings", "requirePartitionFilter", "schema", "tableConstraints", "timePartitioning", "view"}
    immutable = frozenset({"datasetId", "tableId", "timePartitioning.field", "timePartitioning.type"})
    defaults = {"deletionProtection": True}

    permissions = {doing: f"bigquery.tables.{verb}" for doing, verb in VERBS.items()}

    def id(self, given: Properties) -> str:
        """Return Google's full name of it."""
        return f"projects/{given['project']}/datasets/{given['datasetId']}/tables/{given['tableId']}"

    def asked_on(self, given: Properties, doing: str) -> str:
        """Return its dataset, in which it is made, or itself."""
        return Dataset().id(given) if doing == "create" else self.id(given)

    def outputs(self, given: Properties) -> Properties:
        """Return where it is, and what it is: the one never turns into the other."""
        return {
            "selfLink": f"https://bigquery.googleapis.com/bigquery/v2/{self.id(given)}",
            "type": "VIEW" if is_view(given) else "TABLE",
        }

    def faults(self, given: Properties) -> Iterator[Fault]:
        """Yield what is wrong with a view, with the columns, and a primary key of columns that are not there."""
        if is_view(given):
            yield from view_faults(given)
            return
        if given.get("schema") is None:
            yield Fault("schema", "`schema` is required of a table that is no `view`")
            return
        if not known(given["schema"]):
            return
        reasons = schema.mistakes(given["schema"])
        yield from (Fault("schema", reason) for reason in reasons)
        key = dig(given, "tableConstraints.primaryKey.columns") or []
        if not reasons and known(key) and (strangers := set(key) - set(schema.columns(given["schema"]))):
            yield Fault("tableConstraints", f"the primary key names columns that are not there: {', '.join(sorted(strangers))}")

    def check(self, store: Store, given: Properties) -> None:
        """Refuse a table in no dataset, and a view of what is not there."""
        dataset = store.get(Dataset.type, Dataset().id(given))
        if not dataset or not dataset.ready or not Dataset().exists(store, dataset.inputs):
            raise Refused(
                f"dataset {given['datasetId']} does not exist", "create it in the same program and take its id from there"
            )
        if is_view(given):
            check_view(store, given)

    def apply(self, store: Store, given: Properties) -> None:
        """Make the folder; a view has none."""
        if not is_view(given):
            _table_folder(store, given).mkdir(parents=True, exist_ok=True)

    def replaced(self, old: Properties, given: Properties) -> frozenset[str]:
        """Retyped or narrowed columns mean a new table; dropped and added ones do not, nor does another query of a view."""
        if is_view(old) or is_view(given):
            return frozenset()
        fits = known(given["schema"]) and schema.changes_in_place(old["schema"], given["schema"])
        return frozenset() if fits else frozenset({"schema"})

    def change(self, store: Store, old: Properties, given: Properties) -> None:
        """Refuse new columns that must have values; take the data of dropped columns out.

        A view stays one. With another query it loses what it was authorised for, as on BigQuery.
        """
        if is_view(old) != is_view(given):
            what = (
                f"table {given['tableId']} cannot become a view"
                if is_view(given)
                else f"view {given['tableId']} cannot become a table"
            )
            raise Refused(what, "drop it with one `pulumi up` and make it with the next, or give it another name")
        if is_view(given):
            self.check(store, given)
            if old["view"] != given["view"]:
                forget_authorisations(store, view=_names(given))
            return
        before, after = schema.columns(old["schema"]), schema.columns(given["schema"])
        if strict := [name for name, column in after.items() if name not in before and column.get("mode") == "REQUIRED"]:
            raise Refused(
                f"cannot add required columns to table {given['tableId']}: {', '.join(strict)}",
                "add them as NULLABLE, or replace the table",
            )
        self.check(store, given)
        schema.drop_columns(_table_folder(store, given), set(before) - set(after))

    def remove(self, store: Store, given: Properties) -> None:
        """Remove the folder with the data, unless the table is protected."""
        if given["deletionProtection"]:
            raise Refused(f"table {given['tableId']} is protected", "set `deletion_protection=False` and run `pulumi up` first")
        store.remove_tree(_table_folder(store, given))
        forget_authorisations(store, view=_names(given))

    def exists(self, store: Store, given: Properties) -> bool:
        """Return whether the folder is there; a view's is its dataset's."""
        return (_folder(store, given) if is_view(given) else _table_folder(store, given)).is_dir()


def _folder(store: Store, given: Properties) -> Path:
    return store.root / "warehouse" / str(given["project"]) / str(given["datasetId"])


def _table_folder(store: Store, given: Properties) -> Path:
    return _folder(store, given) / str(given["tableId"])


def _names(given: Properties) -> tuple[str, str, str]:
    return given["project"], given["datasetId"], given["tableId"]
