"""Many processes at one table, and processes that are killed while they write."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

if TYPE_CHECKING:
    from tests.contract.conftest import World

WRITERS, BATCHES, ROWS = 8, 3, 500

APPEND = f"""
import os, sys
import pandas as pd, pyarrow.parquet
from groundwork import connect

connection, table = sys.argv[1:]
for writer in range({WRITERS}):
    if os.fork() == 0:
        warehouse = connect(connection).warehouse
        for turn in range({BATCHES}):
            warehouse.append(table, pd.DataFrame({{"n": range({ROWS})}}), batch=f"w{{writer}}-{{turn}}")
            warehouse.append(table, pd.DataFrame({{"n": range({ROWS})}}), batch=f"shared-{{turn}}")
        os._exit(0)
for _ in range({WRITERS}):
    _, status = os.wait()
    assert status == 0
"""

STALL = """
import os, sys
import pandas as pd, pyarrow.parquet as pq
from groundwork import connect

connection, table = sys.argv[1:]
true_write = pq.ParquetWriter.write_table

def stall(writer, rows, *others, **more):
    true_write(writer, rows, *others, **more)
    print("written", flush=True)
    sys.stdin.read()

pq.ParquetWriter.write_table = stall
connect(connection).warehouse.append(table, pd.DataFrame({"n": [1]}), batch="killed")
"""


@pytest.fixture
def table(world: World) -> str:
    return world.make_table("raw.numbers", {"n": "INTEGER!"})


def run(script: str, world: World, table: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", script, world.connection, table]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])


def test_eight_processes_append_at_once_and_readers_see_whole_batches(world: World, table: str) -> None:
    warehouse = world.platform().warehouse
    partial: list[dict[str, object]] = []
    reads = 0
    with run(APPEND, world, table) as writers:
        while writers.poll() is None or reads == 0:
            found = warehouse.query("SELECT batch, COUNT(*) AS c FROM numbers GROUP BY batch", tables={"numbers": table})
            partial += found[found["c"] != ROWS].to_dict("records")  # type: ignore[arg-type]  # pandas: keys are hashable
            reads += 1
    assert writers.returncode == 0
    assert partial == []
    expected = {f"w{writer}-{turn}" for writer in range(WRITERS) for turn in range(BATCHES)} | {
        f"shared-{turn}" for turn in range(BATCHES)
    }
    assert set(warehouse.batches(table)) == expected
    total = warehouse.query("SELECT COUNT(*) AS c FROM numbers", tables={"numbers": table})
    assert total["c"].tolist() == [ROWS * len(expected)]


def test_a_writer_that_is_killed_leaves_nothing_and_its_batch_can_be_appended_again(world: World, table: str) -> None:
    warehouse = world.platform().warehouse
    with run(STALL, world, table) as writer:
        assert writer.stdout
        assert writer.stdout.readline() == "written\n"
        os.kill(writer.pid, signal.SIGKILL)
    assert warehouse.batches(table) == []
    assert len(warehouse.query("SELECT * FROM numbers", tables={"numbers": table})) == 0
    warehouse.append(table, pd.DataFrame({"n": [2]}), batch="killed")
    assert warehouse.query("SELECT n, batch FROM numbers", tables={"numbers": table}).to_dict("records") == [
        {"n": 2, "batch": "killed"}
    ]
