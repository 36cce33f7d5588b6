"""What lies in the pipeline's folder fits together."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from groundwork.errors import GroundworkError
from groundwork.sdk.step_log import step_log
from pipelines.forecasting.parameters import Parameters

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "pipelines" / "forecasting"


def schema(file: Path) -> list[dict[str, Any]]:
    columns: list[dict[str, Any]] = json.loads(file.read_text())
    return columns


@pytest.mark.parametrize("file", [ROOT / "tables/sales.json", *sorted(FOLDER.glob("tables/*.json"))], ids=lambda f: f.stem)
def test_every_table_ends_with_its_batch_and_describes_each_column(file: Path) -> None:
    columns = schema(file)
    assert (columns[-1]["name"], columns[-1]["type"], columns[-1]["mode"]) == ("batch", "STRING", "REQUIRED")
    assert all(column["description"].endswith(".") and column["mode"] in {"REQUIRED", "NULLABLE"} for column in columns)


def test_the_sample_has_the_columns_of_the_sales_table() -> None:
    sample = FOLDER / "sample" / "walmart_sales_weekly.csv"
    with sample.open() as file:
        header = next(csv.reader(file))
    columns = schema(ROOT / "tables" / "sales.json")
    assert header == [column["name"] for column in columns[:-1]]
    empty = pd.read_csv(sample).isna().any()
    assert [name for name in header if empty[name]] == [column["name"] for column in columns if column["mode"] == "NULLABLE"]


def test_two_compilations_are_the_same_bytes_and_carry_no_name_of_a_place(tmp_path: Path) -> None:
    """Names reach a pipeline as arguments, so that one compiled pipeline serves every environment."""
    from kfp import compiler  # type: ignore[import-untyped]  # kfp has no types  # noqa: PLC0415  slow to load

    from pipelines.forecasting.pipeline import forecasting  # noqa: PLC0415  slow to load

    for name in ("a.yaml", "b.yaml"):
        compiler.Compiler().compile(forecasting, str(tmp_path / name))
    first = (tmp_path / "a.yaml").read_bytes()
    assert first == (tmp_path / "b.yaml").read_bytes()
    assert b"northwind" not in first
    assert b"pip install" not in first


def test_the_entry_point_gives_the_pipeline_its_arguments_as_plain_json(monkeypatch: pytest.MonkeyPatch) -> None:
    from pipelines.forecasting import run  # noqa: PLC0415  slow to load
    from pipelines.forecasting.pipeline import forecasting  # noqa: PLC0415  slow to load

    started: list[tuple[Any, dict[str, Any]]] = []
    monkeypatch.setattr(run, "start_run", lambda pipeline, **arguments: started.append((pipeline, arguments)))
    run.forecast(Parameters(horizon=3))
    ((pipeline, arguments),) = started
    assert pipeline is forecasting
    assert {"run", "deployment", *arguments} == set(forecasting.component_spec.inputs)
    assert Parameters.from_struct(json.loads(json.dumps(arguments["parameters"]), parse_int=float)) == Parameters(horizon=3)


def test_the_notebook_in_the_repository_is_unexecuted_and_has_its_parameters() -> None:
    notebook = json.loads((FOLDER / "notebook.ipynb").read_text())
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    (parameters,) = (cell for cell in code if "parameters" in cell["metadata"].get("tags", []))
    assert "horizon = 12" in "".join(parameters["source"])
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"


def test_a_step_logs_one_json_record_per_line_with_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    with step_log("retrieve") as log:
        log.info("retrieved", rows=3)
    record = json.loads(capsys.readouterr().out)
    assert record.pop("time").endswith("Z")
    assert record == {"event": "retrieved", "level": "info", "rows": 3, "step": "retrieve"}


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (GroundworkError("sales-invalid", "sales: wrong", "load again"), {"event": "sales: wrong", "hint": "load again"}),
        (ValueError("no"), {"event": "unexpected error", "error": "ValueError('no')"}),
    ],
)
def test_an_error_is_logged_and_goes_on(error: Exception, said: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(type(error)), step_log("store"):
        raise error
    record = json.loads(capsys.readouterr().out)
    assert said.items() <= record.items()
    assert record["level"] == "error"
