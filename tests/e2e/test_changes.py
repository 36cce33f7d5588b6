"""The change table, on the engine: every row is previewed on a stack that is up, and the riskiest ones are brought about."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.e2e.workplace import Workplace
from tests.helpers.changes import OPERATIONS, Row, base, bases, expanded, files, rows, shown

pytestmark = [pytest.mark.engine, pytest.mark.deep]

ROWS = rows()
ARCHIVE = """
if pulumi.get_stack() == "full":
    import pulumi_gcp

    labels = {"client": "acme", "environment": "full", "managed-by": "groundwork"}
    project = pulumi.Config("gcp").require("project")
    pulumi_gcp.storage.Bucket("archive", name="acme-archive", project=project, location="europe-west1", labels=labels)
"""
"""What a client adds to the program of the stack `full`: it breaks two rules, which its file makes exceptions from."""


CLAIM = "test_a_change_does_what_the_table_says"
PROTECTED = re.compile("marked for protection|it is protected")


@dataclass(frozen=True)
class Seen:
    """What a preview showed."""

    code: int
    operations: Mapping[str, frozenset[str]]
    """Google's resources by operation, as the table names them."""

    there: frozenset[str]
    """All of them, those included that are to be made."""

    protected: frozenset[str]
    """What Pulumi refused to delete or replace."""

    errors: str


def seen(code: int, text: str) -> Seen:
    """Return what the engine printed of a preview (`--json`)."""
    told = json.loads(text)
    operations: dict[str, set[str]] = defaultdict(set)
    for step in told.get("steps", []):
        if ":gcp:" in (urn := step["urn"]) or "$gcp:" in urn:
            operations[step["op"]].add(_shown(urn))
    errors = [each for each in told.get("diagnostics", []) if each["severity"] in {"error", "info#err"}]
    protected = {_shown(each["urn"]) for each in errors if "urn" in each and PROTECTED.search(each["message"])}
    there = frozenset().union(*operations.values(), protected) if operations or protected else frozenset()
    changed = {name: frozenset(which) for name, which in operations.items() if name in OPERATIONS}
    return Seen(code, changed, there, frozenset(protected), "\n".join(each["message"] for each in errors))


def _shown(urn: str) -> str:
    _, _, types, name = urn.split("::")
    return shown(types.rpartition("$")[2], name)


def lay(place: Workplace) -> Workplace:
    """Bring all stacks up that the table changes."""
    for path, text in files().items():
        (place.checkout / path).parent.mkdir(parents=True, exist_ok=True)
        (place.checkout / path).write_text(text)
    for stack in bases():
        (place.checkout / f"Pulumi.{stack}.yaml").write_text(yaml.safe_dump(base(stack)))
    for stack in ("dev", "full"):  # the key of all that is encrypted, and the bucket of an audit log
        place.groundwork("bootstrap", "-e", stack)
    program = place.checkout / "__main__.py"
    program.write_text(program.read_text() + ARCHIVE)
    for stack in bases():
        place.pulumi("stack", "init", stack, check=False)
        place.pulumi("up", "--stack", stack, "--yes", "--skip-preview")
    return place


@pytest.fixture(scope="module")
def place(fresh: Callable[[], Workplace]) -> Workplace:
    return lay(fresh())


@pytest.fixture(scope="module")
def previewed(
    place: Workplace, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Callable[[Row], Seen]:
    """Return what tells what a row's preview showed. All that were asked for run two at a time: a preview locks nothing."""
    folder, variables = tmp_path_factory.mktemp("files"), place.variables()

    def preview(row: Row, file: Path) -> Seen:
        file.write_text(yaml.safe_dump(row.file))
        words = ("preview", "--stack", row.stack, "--config-file", str(file), "--json", "--non-interactive")
        done = place.run("pulumi", *words, env=variables, check=False)
        return seen(done.returncode, done.stdout)

    workers = ThreadPoolExecutor(2)
    asked = [item.callspec.params["row"] for item in request.session.items if getattr(item, "originalname", "") == CLAIM]  # type: ignore[attr-defined]  # pytest's items of parametrized functions have it
    begun = {row.name: workers.submit(preview, row, folder / f"{number}.yaml") for number, row in enumerate(asked)}
    return lambda row: begun[row.name].result()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_change_does_what_the_table_says(previewed: Callable[[Row], Seen], row: Row) -> None:
    shown = previewed(row)

    assert row.refused in shown.errors
    if row.protected:
        assert shown.protected, shown.errors
        assert shown.protected <= expanded(row.protected, shown.there), "whichever the engine came to first"
    if row.protected or row.refused:
        assert 0 != shown.code
        return
    expected = {name: expanded(getattr(row, name), shown.there) for name in OPERATIONS}
    assert {name: which for name, which in expected.items() if which} == dict(shown.operations), shown.errors
    assert 0 == shown.code


@pytest.mark.parametrize("row", [row for row in ROWS if row.up], ids=lambda row: row.name)
def test_a_change_that_is_brought_about_leaves_nothing_to_change_and_neither_does_the_way_back(
    place: Workplace, row: Row
) -> None:
    """After all previews, which look at the stacks as they were."""
    for file in (row.file, base(row.stack)):
        (place.checkout / f"Pulumi.{row.stack}.yaml").write_text(yaml.safe_dump(file))
        place.pulumi("up", "--stack", row.stack, "--yes", "--skip-preview")
        place.pulumi("preview", "--stack", row.stack, "--expect-no-changes")


@pytest.mark.parametrize("name", ["raw_tables.<name>.partition", "raw_tables.<name>.schema"])
def test_a_refused_change_has_changed_nothing_even_without_a_preview(place: Workplace, name: str) -> None:
    """Pulumi goes on with what does not rest on what is refused: here, nothing does."""
    row = next(row for row in ROWS if row.key == name and row.stack == "prod" and (row.protected or row.refused))
    file = place.checkout / f"Pulumi.{row.stack}.yaml"
    file.write_text(yaml.safe_dump(row.file))

    assert 0 != place.pulumi("up", "--stack", row.stack, "--yes", "--skip-preview", check=False).returncode
    file.write_text(yaml.safe_dump(base(row.stack)))
    place.pulumi("preview", "--stack", row.stack, "--expect-no-changes")
    place.pulumi("refresh", "--stack", row.stack, "--yes", "--skip-preview", "--expect-no-changes")
