"""A real twin with the factory's buckets."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from groundwork import connect
from groundwork.twin.home import Home
from tests.factory.world import PROJECT


@dataclass(frozen=True)
class Twin:
    """A twin whose buckets were made as `pulumi up` would."""

    root: Path

    @property
    def objects(self) -> Any:
        return connect(f"twin:{self.root}").objects


@pytest.fixture
def twin(tmp_path: Path) -> Twin:
    home = Home(tmp_path / "twin")
    for name in ("ledger", "records", "candidates"):
        bucket = f"{PROJECT}-{name}"
        home.put("gcp:storage/bucket:Bucket", bucket, {"name": bucket, "project": PROJECT, "location": "x"}, ready=True)
        (home.root / "buckets" / bucket).mkdir(parents=True)
    return Twin(home.root)
