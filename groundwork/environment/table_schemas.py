"""The table schemas of an environment file and of its pipelines, read from this project."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from groundwork.contract.change_scope import PLATFORM_FOLDERS, is_pipelines
from groundwork.contract.release import CLIENT
from groundwork.errors import GroundworkError
from groundwork.google.table_schema import TableSchema, read_table_schema
from groundwork.ports.warehouse import BATCH

ROOT = CLIENT
"""Every path in an environment's file starts in this folder."""

SERVING = "serving"

TIMES = ("DATE", "DATETIME", "TIMESTAMP")
"""The types of columns with a date or a time."""


def table(file: str, key: Sequence[str] = ()) -> TableSchema:
    """Return the table in a schema file; raises GroundworkError if its rows could not be stored in batches."""
    _require_platforms(file)
    schema = read_table_schema(ROOT / file, key)
    last = schema.columns[-1]
    if (last["name"], last["type"], last.get("mode")) != (BATCH, "STRING", "REQUIRED"):
        raise GroundworkError(
            "table-schema-invalid",
            f"{file}: the last column is not `{BATCH}`, by which rows are stored and retracted",
            f'end the file with {{"name": "{BATCH}", "type": "STRING", "mode": "REQUIRED"}}',
        )
    return schema


def _require_platforms(file: str) -> None:
    """Refuse a file that belongs to a pipeline: a push could change it, and with it a table of the environment."""
    real = (ROOT / file).resolve()
    if real.is_relative_to(ROOT.resolve()) and is_pipelines(real.relative_to(ROOT.resolve()).as_posix(), "pipelines"):
        raise GroundworkError(
            "table-schema-refused",
            f"{file}: a push to the pipeline may change this file, so it cannot define tables of the environment",
            f"move it into `tables/` of the repository, or into `{PLATFORM_FOLDERS[1]}/` of the pipeline's folder",
        )


def pipeline_tables(pipeline: str) -> dict[str, TableSchema]:
    """Return a pipeline's tables by name; raises GroundworkError for a missing pipeline or a mistake in a file."""
    folder = ROOT / "pipelines" / pipeline
    if not folder.is_dir():
        existing = ", ".join(sorted(path.parent.name for path in folder.parent.glob("*/tables")))
        raise GroundworkError("pipeline-not-found", f"there is no folder pipelines/{pipeline}", f"choose one of {existing}")
    if (folder / "tables" / f"{SERVING}.json").exists():
        raise GroundworkError(
            "table-taken",
            f"pipelines/{pipeline}/tables/{SERVING}.json: `{SERVING}` is the platform's own table in every deployment",
            "give the pipeline's table another name",
        )
    return {file.stem: table(str(file.relative_to(ROOT))) for file in sorted(folder.glob("tables/*.json"))}


def serving() -> TableSchema:
    """Return the table of present and earlier champions, which the platform keeps beside a deployment's results."""
    return read_table_schema(Path(str(files("groundwork.environment"))) / f"{SERVING}.json")
