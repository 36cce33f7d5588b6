"""What has to be kept: nobody deletes or overwrites it before its time, whatever they are granted."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from groundwork.twin.core.store import Refused
from groundwork.twin.storage.client import TwinObjects

if TYPE_CHECKING:
    from tests.unit.twin.conftest import Cloud

RECORD = "northwind-ledger/2026/record.json"
GIVEN = {"name": "northwind-ledger", "location": "europe-west2", "forceDestroy": True}
YEAR, DAY = 31_536_000, 86_400


@pytest.fixture
def ledger(cloud: Cloud) -> TwinObjects:
    """Return the objects of a bucket that keeps each for a year, with one record in it."""
    cloud.make("bucket:Bucket", **GIVEN, retentionPolicy={"retentionPeriod": str(YEAR), "isLocked": True})
    objects = TwinObjects(cloud.store, None)
    objects.pipe_file(RECORD, b"{}")
    return objects


def test_a_record_is_neither_deleted_nor_overwritten_nor_gone_with_its_folder(ledger: TwinObjects) -> None:
    for attempt in (
        lambda: ledger.rm(RECORD),
        lambda: ledger.rm("northwind-ledger/2026", recursive=True),
        lambda: ledger.pipe_file(RECORD, b"forged"),
    ):
        with pytest.raises(PermissionError, match="has to be kept"):
            attempt()
    assert ledger.cat_file(RECORD) == b"{}"


def test_a_record_that_is_old_enough_goes(cloud: Cloud, ledger: TwinObjects) -> None:
    file = cloud.store.root / "buckets" / RECORD
    written = file.stat().st_mtime - YEAR - DAY
    os.utime(file, (written, written))

    ledger.rm(RECORD)
    assert not file.exists()


def test_a_locked_retention_only_grows(cloud: Cloud, ledger: TwinObjects) -> None:
    _ = ledger
    for policy in (None, {"retentionPeriod": str(YEAR), "isLocked": False}, {"retentionPeriod": str(DAY), "isLocked": True}):
        with pytest.raises(Refused, match="is locked; keep it or make it longer"):
            cloud.update("bucket:Bucket", GIVEN["name"], **GIVEN, retentionPolicy=policy)  # type: ignore[arg-type]
    cloud.update("bucket:Bucket", GIVEN["name"], **GIVEN, retentionPolicy={"retentionPeriod": str(2 * YEAR), "isLocked": True})  # type: ignore[arg-type]


def test_a_bucket_is_not_destroyed_with_what_has_to_be_kept(cloud: Cloud, ledger: TwinObjects) -> None:
    _ = ledger
    with pytest.raises(Refused, match="holds objects that have to be kept"):
        cloud.delete("bucket:Bucket", str(GIVEN["name"]))
