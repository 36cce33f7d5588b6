"""The change table is whole: every key of an environment's file has a row, and every row is a change of such a file.

What the rows say is proven on the engine, in `tests/e2e/test_changes.py`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from groundwork.environment import table_schemas
from groundwork.errors import GroundworkError
from tests.helpers.changes import ROOT, SECTION, Row, base, bases, files, keys, rows

if TYPE_CHECKING:
    from groundwork.environment.file import Environment

ROWS = rows()
BESIDE_THE_FILE = ("policy-refused", "exception-", "dropped-columns-refused")
"""What refuses a change that the file's own rules let pass."""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with what files name in this project, and with what the rows name besides."""
    folder = tmp_path_factory.mktemp("checkout")
    for source in [*(ROOT / "tables").glob("*.json"), *(ROOT / "pipelines").glob("*/tables/*.json")]:
        place = folder / source.relative_to(ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(source)
    for path, text in files().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


def test_every_key_has_a_row_and_every_row_a_key() -> None:
    """Else nobody has decided what becomes of a stack that is up when it changes."""
    assert set(keys()) == {row.key for row in ROWS}


def test_the_keys_are_those_of_the_schema_whatever_is_nested() -> None:
    """A walk that overlooked one would let it pass without a row."""
    assert {"client", "gcp:project", "network", "exceptions[].until", "deployments.<name>.gate.<name>.at_most"} <= set(keys())
    assert {"repository", "chain", "foundation"}.isdisjoint(keys()), "these are neither added nor taken out"


def test_no_two_rows_are_the_same() -> None:
    assert len(ROWS) == len({row.name for row in ROWS})


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_row_changes_the_file_and_is_refused_by_its_rules_or_expects_something(
    row: Row, checkout: Path, load: Callable[..., Environment], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_schemas, "ROOT", checkout)
    assert row.stack in bases()
    assert row.file != base(row.stack), "it changes something"

    refusal = refused(load, row.file["config"])

    if row.refused and not row.refused.startswith(BESIDE_THE_FILE):
        assert row.refused in refusal
    else:
        assert "" == refusal
    operations = [row.create, row.update, row.replace, row.delete]
    assert not (row.refused and any(operations)), "what is refused does nothing"


def refused(load: Callable[..., Environment], config: dict[str, Any]) -> str:
    """Return what the file's own rules say against it."""
    section = json.loads(json.dumps(config[SECTION]))
    try:
        load(section, config["gcp:project"])
    except GroundworkError as error:
        return str(error)
    return ""
