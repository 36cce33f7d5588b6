"""Pipelines import `groundwork.sdk` and nothing else of the platform."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
FOLDERS = ("pipelines", "tests/data/pipelines")
FILES = sorted(file for folder in FOLDERS for kind in ("*.py", "*.ipynb") for file in (ROOT / folder).rglob(kind))
PLATFORM = {"groundwork", "stacks", "components"}


def imported(source: str) -> Iterator[str]:
    """Yield every absolute module that a text imports, wherever in it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def code(file: Path) -> str:
    """Return the Python of a module or of a notebook's cells."""
    if file.suffix == ".py":
        return file.read_text()
    return "\n".join("".join(cell["source"]) for cell in json.loads(file.read_text())["cells"] if cell["cell_type"] == "code")


def beside_the_sdk(source: str) -> list[str]:
    """Return the modules of the platform that a text imports beside the SDK."""
    names = [name for name in imported(source) if name.partition(".")[0] in PLATFORM]
    return [name for name in names if not name.startswith("groundwork.sdk.")]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_a_pipeline_imports_only_the_sdk_of_the_platform(file: Path) -> None:
    assert beside_the_sdk(code(file)) == []


def test_every_other_import_would_be_found() -> None:
    planted = (
        "import groundwork\nfrom groundwork import connect\nfrom groundwork.ports.runner import Run\nimport stacks.data\n"
        "def step():\n    from groundwork.sdkx import y\n    from groundwork.sdk.runs import Run\n    import pandas\n"
    )
    assert beside_the_sdk(planted) == [
        "groundwork",
        "groundwork.connect",
        "groundwork.ports.runner.Run",
        "stacks.data",
        "groundwork.sdkx.y",
    ]
    assert {"notebook.ipynb", "steps.py", "evaluate.py"} <= {file.name for file in FILES}
