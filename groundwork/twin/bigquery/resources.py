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
    """https://cloud.google.com/bigquery/docs/access-control#bigquery.user: the creator of a dataset is granted this on it."""

    def id(self, inputs: Properties) -> str:
        """Return Google's full name of it."""
        return f"projects/{inputs['project']}/datasets/{inputs['datasetId']}"

    def outputs(self, inputs: Properties) -> Properties:
        """Return where it is."""
        return {"selfLink": f"https://bigquery.googleapis.com/bigquery/v2/{self.id(inputs)}"}

    def apply(self, store: Store, inputs: Properties) -> None:
        """Make the folder."""
        _folder(store, inputs).mkdir(parents=True, exist_ok=True)

    def remove(self, store: Store, inputs: Properties) -> None:
        """Remove the folder, with tables only if the program said so, and the authorisations of and on its views."""
        tables = [id_ for id_, table in store.all(Table.type) if _folder(store, table) == _folder(store, inputs)]
        if tables and not inputs["deleteContentsOnDestroy"]:
            way_out = "drop them, or set `delete_contents_on_destroy` and run `pulumi up` first"
            raise Refused(f"dataset {inputs['datasetId']} still has tables", way_out)
        store.remove_tree(_folder(store, inputs))
        for table in tables:
            store.forget(Table.type, table)
        forget_authorisations(store, dataset=(inputs["project"], inputs["datasetId"]))

    def exists(self, store: Store, inputs: Properties) -> bool:
        """Return whether the folder is there."""
        return _folder(store, inputs).is_dir()


class Table(ResourceType):
    """A folder of Parquet files, with the declared columns; or a view."""

    type = TABLE
    api = Dataset.api
    required = frozenset({"datasetId", "tableId"})
    optional = LABELS | {"clusterings", "requirePartitionFilter", "schema", "tableConstraints", "timePartitioning", "view"}
    immutable = frozenset({"datasetId", "tableId", "timePartitioning.field", "timePartitioning.type"})
    defaults = {"deletionProtection": True}

    permissions = {doing: f"bigquery.tables.{verb}" for doing, verb in VERBS.items()}

    def id(self, inputs: Properties) -> str:
        """Return Google's full name of it."""
        return f"projects/{inputs['project']}/datasets/{inputs['datasetId']}/tables/{inputs['tableId']}"

    def asked_on(self, inputs: Properties, doing: str) -> str:
        """Return its dataset, in which it is made, or itself."""
        return Dataset().id(inputs) if doing == "create" else self.id(inputs)

    def outputs(self, inputs: Properties) -> Properties:
        """Return its place and type: a table never becomes a view, nor a view a table."""
        return {
            "selfLink": f"https://bigquery.googleapis.com/bigquery/v2/{self.id(inputs)}",
            "type": "VIEW" if is_view(inputs) else "TABLE",
        }

    def faults(self, inputs: Properties) -> Iterator[Fault]:
        """Yield faults of a view, of the columns, and a primary key of columns that do not exist."""
        if is_view(inputs):
            yield from view_faults(inputs)
            return
        if inputs.get("schema") is None:
            yield Fault("schema", "`schema` is required of a table without a `view`")
            return
        if not known(inputs["schema"]):
            return
        reasons = schema.mistakes(inputs["schema"])
        yield from (Fault("schema", reason) for reason in reasons)
        key = dig(inputs, "tableConstraints.primaryKey.columns") or []
        if not reasons and known(key) and (strangers := set(key) - set(schema.columns(inputs["schema"]))):
            yield Fault("tableConstraints", f"the primary key names columns that are not there: {', '.join(sorted(strangers))}")

    def check(self, store: Store, inputs: Properties) -> None:
        """Refuse a table without a dataset, and a view of a table that does not exist."""
        dataset = store.get(Dataset.type, Dataset().id(inputs))
        if not dataset or not dataset.ready or not Dataset().exists(store, dataset.inputs):
            raise Refused(
                f"dataset {inputs['datasetId']} does not exist", "create it in the same program and take its id from there"
            )
        if is_view(inputs):
            check_view(store, inputs)

    def apply(self, store: Store, inputs: Properties) -> None:
        """Make the folder; a view has none."""
        if not is_view(inputs):
            _table_folder(store, inputs).mkdir(parents=True, exist_ok=True)

    def replaced(self, old: Properties, inputs: Properties) -> frozenset[str]:
        """Retyped or narrowed columns mean a new table; dropped and added ones do not, nor does another query of a view."""
        if is_view(old) or is_view(inputs):
            return frozenset()
        fits = known(inputs["schema"]) and schema.changes_in_place(old["schema"], inputs["schema"])
        return frozenset() if fits else frozenset({"schema"})

    def change(self, store: Store, old: Properties, inputs: Properties) -> None:
        """Refuse new columns that must have values; take the data of dropped columns out.

        A view stays one. With another query it loses its authorisations, as on BigQuery.
        """
        if is_view(old) != is_view(inputs):
            what = (
                f"table {inputs['tableId']} cannot become a view"
                if is_view(inputs)
                else f"view {inputs['tableId']} cannot become a table"
            )
            raise Refused(what, "drop it with one `pulumi up` and make it with the next, or give it another name")
        if is_view(inputs):
            self.check(store, inputs)
            if old["view"] != inputs["view"]:
                forget_authorisations(store, view=_names(inputs))
            return
        before, after = schema.columns(old["schema"]), schema.columns(inputs["schema"])
        if strict := [name for name, column in after.items() if name not in before and column.get("mode") == "REQUIRED"]:
            raise Refused(
                f"cannot add required columns to table {inputs['tableId']}: {', '.join(strict)}",
                "add them as NULLABLE, or replace the table",
            )
        self.check(store, inputs)
        schema.drop_columns(_table_folder(store, inputs), set(before) - set(after))

    def remove(self, store: Store, inputs: Properties) -> None:
        """Remove the folder with the data, unless the table is protected."""
        if inputs["deletionProtection"]:
            raise Refused(f"table {inputs['tableId']} is protected", "set `deletion_protection=False` and run `pulumi up` first")
        store.remove_tree(_table_folder(store, inputs))
        forget_authorisations(store, view=_names(inputs))

    def exists(self, store: Store, inputs: Properties) -> bool:
        """Return whether the folder is there; a view's is its dataset's."""
        return (_folder(store, inputs) if is_view(inputs) else _table_folder(store, inputs)).is_dir()


def _folder(store: Store, inputs: Properties) -> Path:
    return store.root / "warehouse" / str(inputs["project"]) / str(inputs["datasetId"])


def _table_folder(store: Store, inputs: Properties) -> Path:
    return _folder(store, inputs) / str(inputs["tableId"])


def _names(inputs: Properties) -> tuple[str, str, str]:
    return inputs["project"], inputs["datasetId"], inputs["tableId"]
