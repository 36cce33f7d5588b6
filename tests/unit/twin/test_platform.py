"""What the twin's adapters do beside their contracts."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime
from importlib import import_module
from pathlib import Path

import pandas as pd
import pytest

from groundwork import connect
from groundwork.contract.variables import RUN_VARIABLE
from groundwork.errors import GroundworkError
from groundwork.ports.errors import Conflict, Unavailable
from groundwork.ports.platform import Platform
from groundwork.ports.runner import Run
from groundwork.twin.bigquery.duckdb_reader import read
from groundwork.twin.core.atomic_files import partial, place
from groundwork.twin.core.store import Store
from groundwork.twin.pubsub.notifications import TwinNotifications
from groundwork.twin.vertex.local_kfp import HOOKS
from groundwork.twin.vertex.run_log import RunLog, read_log
from groundwork.twin.vertex.runs import all_runs, recorded, recover_runs

PROJECT = "northwind-ml-dev"
TABLE = f"{PROJECT}.raw.numbers"
BUCKET = "northwind-ml-dev-raw"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "twin")
    declare(store, ["n"])
    (store.root / "warehouse" / PROJECT / "raw/numbers").mkdir(parents=True)
    store.put("gcp:storage/bucket:Bucket", BUCKET, {"name": BUCKET, "project": PROJECT}, ready=True)
    (store.root / "buckets" / BUCKET).mkdir(parents=True)
    return store


@pytest.fixture
def platform(store: Store) -> Platform:
    return connect(f"twin:{store.root}")


def declare(store: Store, columns: list[str]) -> None:
    schema = [*({"name": name, "type": "INTEGER"} for name in columns), {"name": "batch", "type": "STRING", "mode": "REQUIRED"}]
    inputs = {"project": PROJECT, "datasetId": "raw", "tableId": "numbers", "schema": json.dumps(schema)}
    store.put("gcp:bigquery/table:Table", f"projects/{PROJECT}/datasets/raw/tables/numbers", inputs, ready=True)


def test_the_platform_loads_none_of_the_slow_libraries_before_it_is_asked() -> None:
    slow = ["pandas", "pyarrow", "duckdb", "ibis", "sqlglot", "kfp", "apprise", "fsspec", "pydantic"]
    code = f"import sys, groundwork.twin.platform; print([name for name in {slow} if name in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "[]\n"


def test_a_folder_without_a_twin_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GroundworkError, match=r"there is no twin in .* \(no-twin\)"):
        connect(f"twin:{tmp_path}")
    assert list(tmp_path.iterdir()) == []


def test_kfp_still_has_the_two_places() -> None:
    """When this fails, kfp has moved what `local_kfp` replaces for the time of a run."""
    for hook in HOOKS:
        module, _, name = hook.rpartition(".")
        assert callable(getattr(import_module(module), name))


def test_a_batch_from_before_a_column_was_added_has_null_in_it(store: Store, platform: Platform) -> None:
    platform.warehouse.append(TABLE, pd.DataFrame({"n": [1]}), batch="before")
    declare(store, ["n", "added"])
    platform.warehouse.append(TABLE, pd.DataFrame({"n": [2], "added": [3]}), batch="after")
    found = platform.warehouse.query("SELECT n, added FROM numbers ORDER BY n", tables={"numbers": TABLE})
    assert found.astype(object).mask(found.isna(), other=None).to_numpy().tolist() == [[1, None], [2, 3]]


def test_a_batch_that_goes_while_it_is_read_is_worth_another_try(
    store: Store, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = store.root / "warehouse" / PROJECT / "raw/numbers/gone.parquet"
    monkeypatch.setattr("groundwork.twin.bigquery.tables.Spot.files", lambda _, __: [gone])
    with pytest.raises(Unavailable):
        platform.warehouse.query("SELECT * FROM numbers", tables={"numbers": TABLE})


def test_duckdb_reads_no_file_of_this_machine_even_if_a_statement_got_there_unbound(tmp_path: Path) -> None:
    """`bind` refuses it before; this is the second lock on the same interface."""
    secret = tmp_path / "secret.csv"
    secret.write_text("word\nsesame\n")
    with pytest.raises(Conflict, match="file system operations are disabled"):
        read(f"SELECT * FROM read_csv('{secret}')", {})  # noqa: S608  the hostile text is the test


def test_files_that_are_no_batches_are_not_read(store: Store, platform: Platform) -> None:
    folder = store.root / "warehouse" / PROJECT / "raw/numbers"
    (folder / ".half.parquet").write_bytes(b"half")
    (folder / "half.parquet.tmp").write_bytes(b"half")
    assert platform.warehouse.batches(TABLE) == []
    assert len(platform.warehouse.query("SELECT * FROM numbers", tables={"numbers": TABLE})) == 0


def test_what_a_killed_writer_left_goes_and_what_another_writes_stays(store: Store) -> None:
    left = store.root / "partial/left"
    left.parent.mkdir()
    left.write_bytes(b"half")
    with partial(store) as first, partial(store) as second:
        assert sorted(path.name for path in left.parent.iterdir()) == sorted(Path(file.name).name for file in (first, second))
        second.write(b"whole")
        place(second, store.root / "whole")
    assert list(left.parent.iterdir()) == []
    assert (store.root / "whole").read_bytes() == b"whole"


def test_a_link_out_of_a_bucket_is_refused_and_not_listed(store: Store, platform: Platform, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (store.root / "buckets" / BUCKET / "link").symlink_to(tmp_path / "secret")
    (store.root / "buckets" / BUCKET / "folder").symlink_to(tmp_path)
    for path in ("link", "folder/secret"):
        with pytest.raises(PermissionError, match="through a link"):
            platform.objects.cat_file(f"gs://{BUCKET}/{path}")
    with pytest.raises(PermissionError, match="through a link"):
        platform.objects.pipe_file(f"gs://{BUCKET}/folder/new", b"x")
    assert platform.objects.find(f"gs://{BUCKET}") == []


def test_every_message_becomes_a_file_and_says_who_would_hear(store: Store) -> None:
    notifications = TwinNotifications(store, "runner@northwind-ml-dev.iam.gserviceaccount.com")
    assert notifications.add(
        ["mailto://ada@northwind.example", "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#forecasts"]
    )
    assert notifications.notify(title="Done <now>", body="line one\n\nline *two*")
    letters = [json.loads(path.read_text()) for path in (store.root / "outbox").iterdir()]
    assert {letter["to"].partition("/")[0] for letter in letters} == {"ada@northwind.example", "slack:"}
    assert "TIiajkdnlazkcOXrIdevi7FQ" not in str(letters)
    for letter in letters:
        assert (letter["title"], letter["body"]) == ("Done <now>", "line one\n\nline *two*")
        assert letter["identity"] == "runner@northwind-ml-dev.iam.gserviceaccount.com"
        assert datetime.fromisoformat(letter["time"]).date() <= datetime.now(UTC).date()


def test_what_apprise_would_refuse_the_outbox_refuses(store: Store) -> None:
    notifications = TwinNotifications(store, None)
    assert not notifications.add("ada@northwind.example")
    assert not notifications.notify(title="t", body="b")
    assert not (store.root / "outbox").exists()


def test_nothing_is_ever_sent(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the twin opened a connection")

    monkeypatch.setattr("socket.socket.connect", refuse)
    notifications = TwinNotifications(store, None)
    notifications.add(["mailto://ada@localhost", "json://localhost:1"])
    assert notifications.notify(title="t", body="b")
    assert len(list((store.root / "outbox").iterdir())) == 2


def test_a_log_that_its_writer_was_killed_in_is_read_up_to_there(tmp_path: Path) -> None:
    log = RunLog(tmp_path / "run.jsonl")
    log.line("make", '{"event": "made", "step": "mine", "rows": 3}')
    log.line("make", "{not json}")
    log.close()
    with (tmp_path / "run.jsonl").open("a") as file:
        file.write('{"time": "20')
    records = [{key: value for key, value in record.items() if key != "time"} for record in read_log(tmp_path / "run.jsonl")]
    assert records == [
        {"level": "info", "step": "mine", "event": "made", "rows": 3},
        {"level": "info", "step": "make", "event": "{not json}"},
    ]


def a_run(name: str) -> Run:
    return Run(
        id=name,
        pipeline="forecasting",
        deployment="forecasting",
        build=None,
        status="running",
        started=datetime(2026, 1, 1, tzinfo=UTC),
        ended=None,
        steps=(),
        artifacts={},
        error="",
    )


def test_recovery_ends_what_an_interrupted_run_left_and_leaves_a_live_one_alone(store: Store) -> None:
    with recorded(store, a_run("dead")), recorded(store, a_run("alive")):
        life = store.root / "locks/run-dead"
        life.rename(life.with_name("away"))  # as if the kernel had freed it
        with subprocess.Popen(["sleep", "60"], env={**os.environ, RUN_VARIABLE: "dead"}) as step:
            assert [run.id for run in recover_runs(store)] == ["dead"]
            step.wait(timeout=10)  # it would sleep for a minute
        assert {run.id: (run.status, run.ended is not None) for run in all_runs(store)} == {
            "dead": ("interrupted", True),
            "alive": ("running", False),
        }
    assert recover_runs(store)[0].id == "alive"


def test_dates_and_days_are_one_thing_and_times_of_day_are_another(store: Store, platform: Platform) -> None:
    """pandas keeps dates as midnights more often than as dates."""
    schema = [{"name": "day", "type": "DATE"}, {"name": "batch", "type": "STRING"}]
    inputs = {"project": PROJECT, "datasetId": "raw", "tableId": "numbers", "schema": json.dumps(schema)}
    store.put("gcp:bigquery/table:Table", f"projects/{PROJECT}/datasets/raw/tables/numbers", inputs, ready=True)
    platform.warehouse.append(TABLE, pd.DataFrame({"day": pd.to_datetime(["2012-01-06"])}), batch="midnight")
    platform.warehouse.append(TABLE, pd.DataFrame({"day": [date(2012, 1, 6)]}), batch="day")
    found = platform.warehouse.query("SELECT DISTINCT day FROM numbers", tables={"numbers": TABLE})
    assert found["day"].tolist() == [pd.Timestamp(2012, 1, 6)]


def test_locks_are_free_again_after_a_run(store: Store) -> None:
    with recorded(store, a_run("over")):
        pass
    assert not (store.root / "locks/run-over").exists()
    with (store.root / "locks/other").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
