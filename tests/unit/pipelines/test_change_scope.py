"""What evaluates a candidate, and what `pulumi up` reads, cannot be changed by a push that is itself a candidate."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import source_from_cache
from pathlib import Path

import pytest

from groundwork.contract.change_scope import is_pipelines
from groundwork.environment import table_schemas
from groundwork.errors import GroundworkError

ROOT = Path(__file__).parents[3]
EVALUATIONS = sorted(path.parent for path in ROOT.glob("pipelines/*/evaluation/__init__.py"))
_HEARD = """
import json, sys
opened = set()
sys.addaudithook(lambda event, given: opened.add(str(given[0])) if event == "open" else None)
"""
_EVALUATED = """
from groundwork.factory import gate
from groundwork.factory.evaluation import Case, Stored
class Asked:
    def query(self, *_, **__):
        raise KeyError("asked")
try:
    gate.evaluation_for(
        "{name}", Case(warehouse=Asked(), raw="p.r", holdout_weeks=1, candidate=Stored(dataset="p.c", run="r"), champion=None)
    )
except KeyError:
    pass
for module in [module for name, module in sys.modules.items() if name.startswith("pipelines.{name}.evaluation.")]:
    getattr(module, "stored_levels", list)()
"""
_BROUGHT_UP = """
import runpy, yaml
from pathlib import Path
from tools.graph import graphs
with graphs() as build:
    for stack in ("dev", "prod"):
        config = yaml.safe_load(Path(f"Pulumi.{stack}.yaml").read_text())["config"]
        config = {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
        build(lambda: runpy.run_path("__main__.py", run_name="__main__"), stack, config)
"""


def _file(module: str) -> Path | None:
    """Return where a module of this project lies; None for others'."""
    place = ROOT.joinpath(*module.split("."))
    return next((file for file in (place / "__init__.py", place.with_suffix(".py")) if file.is_file()), None)


def _imported(file: Path) -> Iterator[str]:
    """Yield every module that a file imports, wherever in it; of `from a import b` both `a` and `a.b`."""
    package = file.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            beginning = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*beginning, *filter(None, [node.module])])
            yield from (module, *(f"{module}.{alias.name}" for alias in node.names))


def _reached(start: Path) -> set[Path]:
    """Return the files of this project that a package imports, through however many others."""
    todo, reached = sorted(start.rglob("*.py")), set[Path]()
    while todo:
        file = todo.pop()
        if file not in reached:
            reached.add(file)
            todo += [found for name in _imported(file) if (found := _file(name))]
    return reached


def test_there_is_a_evaluation_to_look_at() -> None:
    assert ["forecasting"] == [folder.parent.name for folder in EVALUATIONS]
    assert ROOT / "groundwork/errors.py" in _reached(EVALUATIONS[0])


@pytest.mark.parametrize("folder", EVALUATIONS, ids=lambda folder: folder.parent.name)
def test_no_evaluation_imports_what_a_push_may_change(folder: Path) -> None:
    paths = {file.relative_to(ROOT).as_posix() for file in _reached(folder)}
    assert set() == {path for path in paths if is_pipelines(path, "pipelines")}


@pytest.mark.parametrize("folder", EVALUATIONS, ids=lambda folder: folder.parent.name)
def test_no_evaluation_reads_a_file_that_a_push_may_change(folder: Path) -> None:
    """Modules, queries, columns of tables: whatever is opened when the gate asks for the evaluation."""
    below = _opened(_EVALUATED.replace("{name}", folder.parent.name))
    assert f"pipelines/{folder.parent.name}/evaluation/evaluate.py" in below
    assert any(path.endswith(".sql") for path in below)
    assert [] == [path for path in below if is_pipelines(path, "pipelines")]


def test_up_reads_nothing_that_a_push_may_change() -> None:
    below = _opened(_BROUGHT_UP)
    assert "pipelines/forecasting/tables/forecasts.json" in below
    assert [] == [path for path in below if is_pipelines(path, "pipelines")]


def _opened(code: str) -> list[str]:
    """Return the files below `pipelines/` that a new process opens; a compiled module stands for its source."""
    whole = f"{_HEARD}{code}\nprint(json.dumps(sorted(opened)))"
    done = subprocess.run([sys.executable, "-P", "-c", whole], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    opened = [(ROOT / path).resolve() for path in json.loads(done.stdout.splitlines()[-1])]
    files = [path for path in opened if path.is_relative_to(ROOT / "pipelines") and not path.is_dir()]
    sources = [Path(source_from_cache(str(path))) if path.suffix == ".pyc" else path for path in files]
    return sorted({path.relative_to(ROOT).as_posix() for path in sources if path.is_file()})


def test_a_table_cannot_be_described_by_a_file_that_a_push_may_change() -> None:
    for file in ("pipelines/forecasting/sales.json", "stacks/../pipelines/forecasting/./sales.json"):
        with pytest.raises(GroundworkError) as refused:
            table_schemas.table(file)
        assert refused.value.code == "table-schema-refused"
