"""Loading on a twin: files that are refused, and what is there afterwards."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from groundwork import connect
from groundwork.errors import GroundworkError
from groundwork.ingestion.load import load
from groundwork.ports.errors import Absent, Denied
from groundwork.ports.platform import Platform
from groundwork.twin.core.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable

SAMPLE = Path(__file__).parents[3] / "pipelines/forecasting/sample/walmart_sales_weekly.csv"
SCHEMA = Path(__file__).parents[3] / "tables/sales.json"
PROJECT = "northwind-ml-dev"
BUCKET = "northwind-ml-dev-raw"
TABLE = f"{PROJECT}.raw.weekly"
GOOD = "Store,Date,Sales,Holiday\n1,2012-01-06,1.5,TRUE\n2,2012-01-06,NA,false\n"


@dataclass(frozen=True, kw_only=True)
class Place:
    """A twin with a bucket and a table."""

    store: Store
    platform: Platform
    folder: Path

    def file(self, content: str | bytes, name: str = "weekly.csv") -> Path:
        """Write a file to load."""
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def kept(self) -> list[str]:
        """Return what lies in the bucket, the turns left out."""
        found = map(str, self.platform.objects.find(f"gs://{BUCKET}"))
        return [path for path in found if not path.startswith(f"{BUCKET}/_turns/")]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    store = Store(tmp_path / "twin")
    store.put("gcp:storage/bucket:Bucket", BUCKET, {"name": BUCKET, "project": PROJECT}, ready=True)
    (store.root / "buckets" / BUCKET).mkdir(parents=True)
    columns = [("Store", "INTEGER", "REQUIRED"), ("Date", "DATE", "REQUIRED"), ("Sales", "FLOAT", "NULLABLE"),
               ("Holiday", "BOOLEAN", "REQUIRED"), ("batch", "STRING", "REQUIRED")]  # fmt: skip
    make_table(store, "weekly", [{"name": name, "type": type_, "mode": mode} for name, type_, mode in columns], ["Store", "Date"])
    return Place(store=store, platform=connect(f"twin:{store.root}"), folder=tmp_path)


def make_table(store: Store, table: str, schema: list[dict[str, str]], key: list[str]) -> None:
    inputs = {"project": PROJECT, "datasetId": "raw", "tableId": table, "schema": json.dumps(schema)}
    constraints = {"primaryKey": {"columns": key}}
    identifier = f"projects/{PROJECT}/datasets/raw/tables/{table}"
    store.put("gcp:bigquery/table:Table", identifier, {**inputs, "tableConstraints": constraints}, ready=True)
    (store.root / "warehouse" / PROJECT / "raw" / table).mkdir(parents=True)


def test_a_file_is_kept_and_its_rows_are_stored(place: Place) -> None:
    loaded = load(place.platform, place.file(GOOD, "weekly sales, 2012.csv"), table=TABLE, bucket=BUCKET)
    assert (loaded.rows, loaded.already) == (2, False)
    assert loaded.batch == f"weekly-sales-2012-{hashlib.sha256(GOOD.encode()).hexdigest()[:12]}"
    assert loaded.object == f"gs://{BUCKET}/weekly/{loaded.batch}.csv"
    assert place.platform.objects.cat_file(loaded.object) == GOOD.encode()
    stored = place.platform.warehouse.query("SELECT * EXCEPT (Date) FROM weekly ORDER BY Store", tables={"weekly": TABLE})
    assert stored.fillna({"Sales": -1}).to_dict("list") == {
        "Store": [1, 2],
        "Sales": [1.5, -1],
        "Holiday": [True, False],
        "batch": [loaded.batch] * 2,
    }


def test_the_sample_that_is_carried_along_loads(place: Place) -> None:
    make_table(place.store, "sales", json.loads(SCHEMA.read_text()), ["Store", "Dept", "Date"])
    loaded = load(place.platform, SAMPLE, table=f"{PROJECT}.raw.sales", bucket=BUCKET)
    assert (loaded.rows, loaded.already) == (1001, False)


def test_the_same_file_again_says_that_it_was_there(place: Place) -> None:
    first = load(place.platform, place.file(GOOD), table=TABLE, bucket=BUCKET)
    again = load(place.platform, place.file(GOOD), table=TABLE, bucket=BUCKET)
    assert (again.batch, again.rows, again.already) == (first.batch, 2, True)
    assert place.platform.warehouse.batches(TABLE) == [first.batch]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), Denied("x lacks bigquery.tables.updateData", "grant it")], ids=repr)
def test_a_file_whose_rows_are_not_stored_is_not_kept(
    place: Place, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(place.platform.warehouse, "append", mock_raising(error))
        with pytest.raises(type(error)):
            load(place.platform, place.file(GOOD), table=TABLE, bucket=BUCKET)
    assert (place.kept(), place.platform.warehouse.batches(TABLE)) == ([], [])
    assert not load(place.platform, place.file(GOOD), table=TABLE, bucket=BUCKET).already


def mock_raising(error: BaseException) -> Callable[..., None]:
    def raising(*_: object, **__: object) -> None:
        raise error

    return raising


def test_next_month_s_file_of_the_same_name_leaves_last_month_s_where_it_is(place: Place) -> None:
    header, january = "Store,Date,Sales,Holiday\n", "1,2012-01-06,1,true\n"
    first = load(place.platform, place.file(header + january), table=TABLE, bucket=BUCKET)
    second = load(place.platform, place.file(f"{header}1,2012-02-03,2,true\n"), table=TABLE, bucket=BUCKET)
    assert place.platform.objects.cat_file(first.object) == (header + january).encode()
    assert place.kept() == sorted(loaded.object.removeprefix("gs://") for loaded in (first, second))


@pytest.mark.parametrize(
    ("content", "problems"),
    [
        ("", ["it is empty"]),
        ("Store,Date,Sales,Holiday\n", ["it has no rows"]),
        (b"Store\n\xe9\n", ["it is not UTF-8: byte 6 is b'\\xe9'"]),
        (b"Store,Date\n1,\0\n", ["it is not a CSV file: there is a NUL in it"]),
        ('Store,Date,Sales,Holiday\n1,"2012', ["it is not a CSV file: unexpected end of data"]),
        ("Store,Date,Holiday\n1,2012-01-06,TRUE\n", ["column `Sales` is missing"]),
        ("Store,Date,Sales,Holiday,Holiday\n1,2012-01-06,1,TRUE,TRUE\n", ["column `Holiday` is there 2 times"]),
        ("Store,Date,Sale,Holiday\n1,2012-01-06,1,TRUE\n", ["column `Sales` is missing", "column `Sale` is not declared"]),
        ("Store,Date,Sales,Holiday,batch\n1,2012-01-06,1,TRUE,x\n", ["column `batch` is not declared"]),
        (f"{GOOD}3,2012-01-06\n\n4,2012-01-06,1,TRUE\n", ["2 rows (4, 5): 2 values under 4 columns"]),
        (GOOD.replace("1.5", "much"), ["row 2: `Sales` is `much`, which is not of type FLOAT"]),
        (GOOD.replace("1.5", "nan"), ["row 2: `Sales` is `nan`, which is not of type FLOAT"]),
        (GOOD.replace("1.5", "1e999"), ["row 2: `Sales` is `1e999`, which is not of type FLOAT"]),
        (GOOD.replace("1.5", "1_000"), ["row 2: `Sales` is `1_000`, which is not of type FLOAT"]),
        (GOOD.replace("1.5", '""'), ["row 2: `Sales` is ``, which is not of type FLOAT"]),
        (
            GOOD.replace("1.5", "n/a"),
            ["row 2: `Sales` is `n/a`, which is not of type FLOAT; for no value, leave the field empty"],
        ),
        (GOOD.replace("1,2012", "1.5,2012"), ["row 2: `Store` is `1.5`, which is not of type INTEGER"]),
        (GOOD.replace("2012-01-06", "06/01/2012"), ["2 rows (2, 3): `Date` is `06/01/2012`, which is not of type DATE"]),
        (GOOD.replace("2012-01-06", "2012-02-30"), ["2 rows (2, 3): `Date` is `2012-02-30`, which is not of type DATE"]),
        (GOOD.replace("TRUE", "yes"), ["row 2: `Holiday` is `yes`, which is not of type BOOLEAN"]),
        (GOOD.replace("TRUE", "NA"), ["row 2: `Holiday` has no value, and one is required: write `true` or the like"]),
        (GOOD.replace("TRUE", ""), ["row 2: `Holiday` has no value, and one is required: write `true` or the like"]),
        (f"{GOOD}1,2012-01-06,2,TRUE\n", ["row 4: the key (Store, Date) is in the file before; row 4 has that of row 2"]),
        (
            "Store,Date,Sales,Holiday\nx,y,z,TRUE\n",
            ["row 2: `Store` is `x`, which is not of type INTEGER", "row 2: `Date` is `y`, which is not of type DATE",
             "row 2: `Sales` is `z`, which is not of type FLOAT"],
        ),
    ],
    ids=repr,
)  # fmt: skip
def test_a_bad_file_is_refused_with_all_that_is_wrong_and_nothing_is_stored(
    place: Place, content: str | bytes, problems: list[str]
) -> None:
    file = place.file(content)
    with pytest.raises(GroundworkError) as refused:
        load(place.platform, file, table=TABLE, bucket=BUCKET)
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    lines = "".join(f"\n  {problem}" for problem in problems)
    assert str(refused.value) == (
        f"{file} has {count}:{lines} (file-refused)\nhint: correct the file and load it again; nothing was stored"
    )
    assert (place.kept(), place.platform.warehouse.batches(TABLE)) == ([], [])


def test_keys_that_another_file_has_stored_are_refused(place: Place) -> None:
    first = load(place.platform, place.file(GOOD, "first.csv"), table=TABLE, bucket=BUCKET)
    known = rf"row 3: the key \(Store, Date\) is stored already, by {first.batch}: 2, 2012-01-06 \("
    with pytest.raises(GroundworkError, match=known):
        load(
            place.platform,
            place.file("Store,Date,Sales,Holiday\n3,2012-01-06,1,TRUE\n2,2012-01-06,1,TRUE\n"),
            table=TABLE,
            bucket=BUCKET,
        )
    assert place.platform.warehouse.batches(TABLE) == [first.batch]
    assert place.kept() == [first.object.removeprefix("gs://")]


def test_many_problems_are_counted_and_the_first_are_shown(place: Place) -> None:
    header = ",".join(f"c{number}" for number in range(20))
    with pytest.raises(GroundworkError) as refused:
        load(place.platform, place.file(f"{header}\n{header}\n"), table=TABLE, bucket=BUCKET)
    assert "has 24 problems:" in refused.value.message
    assert refused.value.message.endswith("\n  and 16 more")


def test_a_file_that_cannot_be_read_is_refused(place: Place) -> None:
    with pytest.raises(GroundworkError, match="cannot be read: No such file or directory"):
        load(place.platform, place.folder / "gone.csv", table=TABLE, bucket=BUCKET)


def test_a_table_or_bucket_that_is_not_there_is_absent(place: Place) -> None:
    with pytest.raises(Absent, match=r"raw\.gone"):
        load(place.platform, place.file(GOOD), table=f"{PROJECT}.raw.gone", bucket=BUCKET)
    with pytest.raises(Absent, match="northwind-gone"):
        load(place.platform, place.file(GOOD), table=TABLE, bucket="northwind-gone")
    assert place.platform.warehouse.batches(TABLE) == []
