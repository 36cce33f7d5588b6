"""The change table is complete: every key of the environment file has a row, and every row changes such a file.

`tests/e2e/test_changes.py` verifies the rows with the engine.
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
"""Codes of the program's refusals, for changes that the file's own rules permit."""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the files that environment files name, and with the additional files of the rows."""
    folder = tmp_path_factory.mktemp("checkout")
    for source in [*(ROOT / "stacks/tables").glob("*.json"), *(ROOT / "pipelines").glob("*/tables/*.json")]:
        link = folder / source.relative_to(ROOT)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(source)
    for path, text in files().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


def test_every_key_has_a_row_and_every_row_a_key() -> None:
    """Otherwise the effect of a changed key on an existing stack is undecided."""
    assert set(keys()) == {row.key for row in ROWS}


def test_the_keys_are_those_of_the_schema_whatever_is_nested() -> None:
    """A search that misses a key would permit it without a row."""
    assert {"client", "gcp:project", "network", "exceptions[].until", "deployments.<name>.gate.<name>.at_most"} <= set(keys())
    assert {"repository", "chain", "foundation"}.isdisjoint(keys()), "these are neither added nor removed"


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
    assert not (row.refused and any(operations)), "a refused change has no effect"


def refused(load: Callable[..., Environment], config: dict[str, Any]) -> str:
    """Return the message of the file's own rules, or an empty text."""
    section = json.loads(json.dumps(config[SECTION]))
    try:
        load(section, config["gcp:project"])
    except GroundworkError as error:
        return str(error)
    return ""
