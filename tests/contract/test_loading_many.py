"""Many loads into one table at once, and loads that are killed: all of a file, once, or nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from groundwork.ingestion.load import RawTable
from groundwork.ingestion.lock_holder import Holder
from groundwork.ingestion.table_lock import Turns
from groundwork.ports.errors import Absent

if TYPE_CHECKING:
    from tests.contract.conftest import World

BUCKET = "northwind-ml-dev-raw"
ROOT = Path(__file__).parents[2]

BEGIN = """
import json, os, signal, sys
import duckdb, ibis, pandas, pyarrow.parquet
from pathlib import Path
from groundwork import connect
from groundwork.errors import GroundworkError
from groundwork.ingestion.load import RawTable

connection, table, bucket, *files = sys.argv[1:]
WAREHOUSE = ["describe", "batches", "query", "append", "retract"]
OBJECTS = ["open", "pipe_file", "rm", "rm_file", "find", "exists", "cat_file"]

def place(kill_at=0):
    platform = connect(connection)
    count = 0
    def count_call():
        nonlocal count
        count += 1
        if count == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
    def watched(call):
        def run(*args, **options):
            count_call()
            try:
                return call(*args, **options)
            finally:
                count_call()
        return run
    for part, names in ((platform.warehouse, WAREHOUSE), (platform.objects, OBJECTS)):
        for name in names:
            setattr(part, name, watched(getattr(part, name)))
    return RawTable(platform=platform, table=table, bucket=bucket)

def child(work):
    pid = os.fork()
    if pid == 0:
        try:
            work()
        except GroundworkError as error:
            print(json.dumps({"refused": error.message}), flush=True)
            os._exit(3)
        except BaseException as error:
            print(json.dumps({"broken": repr(error)}), flush=True)
            os._exit(4)
        os._exit(0)
    return pid

def done(work):
    return os.waitpid(child(work), 0)[1]

def silent(_): pass
"""

AT_ONCE = (
    BEGIN
    + """
barrier, go = os.pipe()
def work(file):
    os.read(barrier, 1)
    place().load(Path(file), lambda text: print(text, file=sys.stderr, flush=True))
children = [child(lambda file=file: work(file)) for file in files]
os.write(go, b"x" * len(files))
for pid in children:
    os.waitpid(pid, 0)
"""
)

KILLED_AT_APPEND = (
    BEGIN
    + """
def work():
    made = place()
    made.platform.warehouse.append = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
    made.load(Path(files[0]), silent)
assert os.WTERMSIG(done(work)) == signal.SIGKILL
"""
)

KILLED_EVERYWHERE = (
    BEGIN
    + """
file, other = map(Path, files)
taking = os.environ["TAKING"] == "yes"
batch = None
at = 0
while True:
    at += 1
    if taking:
        assert done(lambda: place().load(file, silent)) == 0
    batch = next(name for name in [*place().platform.warehouse.batches(table), "none"] if not name.startswith("other"))
    first = done((lambda: place(at).retract(batch, silent)) if taking else (lambda: place(at).load(file, silent)))
    assert done(lambda: place().load(other, silent)) == 0
    found = lambda: {"stored": place().platform.warehouse.batches(table),
                     "kept": [p for p in map(str, place().platform.objects.find(f"gs://{bucket}")) if "_turns" not in p],
                     "turns": len(place().platform.objects.find(f"gs://{bucket}/_turns"))}
    print(json.dumps({"at": at, "after": found()}), flush=True)
    again = done((lambda: place().retract(batch, silent)) if taking else (lambda: place().load(file, silent)))
    print(json.dumps({"at": at, "again": found()}), flush=True)
    for each in place().platform.warehouse.batches(table):
        assert done(lambda: place().retract(each, silent)) == 0
    if first == 0:
        break
    assert os.WTERMSIG(first) == signal.SIGKILL
"""
)

TURNS = """
import fcntl, os, random, signal, sys
from groundwork import connect
from groundwork.ingestion.table_lock import Turns

connection, folder, witness = sys.argv[1:]
def work(seed):
    dice = random.Random(seed)
    turns = Turns(connect(connection).objects, folder)
    for _ in range(4):
        with turns.turn(f"b{seed}", lambda _: False, lambda _: None), open(witness, "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # raises where somebody else is in here
            if dice.random() < 0.3:
                os.kill(os.getpid(), signal.SIGKILL)
children = []
for seed in range(8):
    children.append(os.fork())
    if children[-1] == 0:
        try:
            work(seed)
        except BaseException:
            os._exit(4)
        os._exit(0)
ends = [os.waitpid(pid, 0)[1] for pid in children]
assert all(end == 0 or os.WTERMSIG(end) == signal.SIGKILL for end in ends), ends
assert any(ends)
"""


@dataclass(frozen=True, kw_only=True)
class Raw:
    """A raw table and its bucket."""

    world: World
    table: str
    folder: Path

    def place(self) -> RawTable:
        return RawTable(platform=self.world.platform(), table=self.table, bucket=BUCKET)

    def file(self, name: str, *keys: int) -> Path:
        path = self.folder / f"{name}.csv"
        path.write_text("n,v\n" + "".join(f"{key},{name}\n" for key in keys))
        return path

    def run(self, script: str, *files: Path, **environment: str) -> list[Any]:
        command = [sys.executable, "-c", script, self.world.connection, self.table, BUCKET, *map(str, files)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment or None, check=False)
        assert done.returncode == 0
        return [json.loads(line) for line in done.stdout.splitlines()]

    def kept(self) -> list[str]:
        found = map(str, self.world.platform().objects.find(f"gs://{BUCKET}"))
        return [path.rpartition("/")[2].removesuffix(".csv") for path in found if "/_turns/" not in path]

    def stored(self) -> list[str]:
        return self.world.platform().warehouse.batches(self.table)


@pytest.fixture
def raw(world: World, tmp_path: Path) -> Raw:
    world.make_bucket(BUCKET)
    return Raw(world=world, table=world.make_table("raw.numbers", {"n": "INTEGER!", "v": "STRING"}, key=["n"]), folder=tmp_path)


def test_of_loads_of_the_same_keys_at_once_one_is_stored_and_others_keep_their_rows_and_files(raw: Raw) -> None:
    files = [raw.file("a", 7, 8), raw.file("b", 7, 8, 100), raw.file("c", 9)]
    (refused,) = (said["refused"] for said in raw.run(AT_ONCE, *files))
    first, second = raw.stored()
    assert (first[0], second[0]) in {("a", "c"), ("b", "c")}
    assert f"2 rows (2, 3): the key (n) is stored already, by {first}: 7; 8" in refused
    assert raw.kept() == [first, second]


def test_what_a_killed_load_left_is_gone_with_the_next(raw: Raw) -> None:
    killed, other = raw.file("killed", 1), raw.file("other", 2)
    raw.run(KILLED_AT_APPEND, killed)
    assert (len(raw.kept()), raw.stored()) == (1, [])
    raw.place().load(other, lambda _: None)
    assert raw.kept() == raw.stored()
    assert not raw.place().load(killed, lambda _: None).already
    assert raw.kept() == raw.stored()


@pytest.mark.deep
@pytest.mark.parametrize("taking", ["no", "yes"])
def test_a_load_or_its_rolling_back_killed_at_every_call_leaves_all_or_nothing(raw: Raw, taking: str) -> None:
    said = raw.run(KILLED_EVERYWHERE, raw.file("mine", 1), raw.file("other", 2), TAKING=taking, PATH="/usr/bin:/bin")
    states = [each[when] for each in said for when in ("after", "again") if when in each]
    for state in states:
        assert [path.rpartition("/")[2].removesuffix(".csv") for path in state["kept"]] == state["stored"]
        assert state["turns"] <= 2
    ends = [len([batch for batch in each["again"]["stored"] if batch.startswith("mine")]) for each in said if "again" in each]
    assert set(ends) == {0 if taking == "yes" else 1}
    assert len(ends) > 15


def test_no_two_ever_have_the_turn_though_holders_are_killed(raw: Raw) -> None:
    command = [sys.executable, "-c", TURNS, raw.world.connection, f"gs://{BUCKET}/_turns/t", str(raw.folder / "witness")]
    assert subprocess.run(command, cwd=ROOT, check=False, timeout=120).returncode == 0


def test_a_batch_is_retracted_with_its_file_and_may_be_loaded_again(raw: Raw) -> None:
    first = raw.place().load(raw.file("mine", 1), lambda _: None)
    raw.place().load(raw.file("other", 2), lambda _: None)
    assert [(row["batch"], row["rows"]) for row in raw.place().batches()] == [(batch, 1) for batch in raw.stored()]
    raw.place().retract(first.batch, lambda _: None)
    assert len(raw.stored()) == 1
    assert raw.kept() == raw.stored()
    with pytest.raises(Absent, match=f"there is no batch `{first.batch}` in .*: nothing was retracted"):
        raw.place().retract(first.batch, lambda _: None)
    assert not raw.place().load(raw.file("mine", 1), lambda _: None).already


def test_a_waiting_load_names_the_holder(raw: Raw) -> None:
    turns = Turns(raw.world.platform().objects, f"gs://{BUCKET}/_turns/numbers")
    command = [sys.executable, "-c", AT_ONCE, raw.world.connection, raw.table, BUCKET, str(raw.file("mine", 1))]
    with turns.turn("long", lambda _: False, lambda _: None):
        waiting = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
        assert waiting.stderr
        told = waiting.stderr.readline()
        assert told.startswith(f"waiting for process {os.getpid()} of ")
        assert told.endswith(", which loads or retracts long\n")
        assert raw.stored() == []
    waiting.communicate(timeout=120)
    assert len(raw.stored()) == 1


def test_a_holder_on_another_machine_counts_as_given_up_when_its_lease_is_over() -> None:
    here = Holder.present("b")
    assert here.lives()
    assert not here.model_copy(update={"started": "1"}).lives(), "another process has its number now"
    assert not here.model_copy(update={"boot": "another"}).lives(), "the machine was started anew"
    elsewhere = here.model_copy(update={"machine": "another", "boot": "another"})
    assert elsewhere.lives()
    assert not elsewhere.model_copy(update={"at": here.at - 1801}).lives()


def test_a_load_that_others_went_past_retracts_its_rows(raw: Raw, monkeypatch: pytest.MonkeyPatch) -> None:
    """On another machine a process may sleep for longer than its lease, and wake."""
    place = raw.place()
    true = place.platform.warehouse.append

    def slow(*args: Any, **options: Any) -> None:
        url = f"gs://{BUCKET}/_turns/numbers/000009.done"
        place.platform.objects.pipe_file(url, b"")
        true(*args, **options)

    monkeypatch.setattr(place.platform.warehouse, "append", slow)
    with pytest.raises(Exception, match="took too long, and other loads continued without it; nothing was stored"):
        place.load(raw.file("mine", 1), lambda _: None)
    assert (raw.stored(), raw.kept()) == ([], [])
