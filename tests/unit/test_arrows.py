"""Who may import whom: the arrows of the layout, without a cycle between rooms or between files."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TREES = ("components", "groundwork", "pipelines", "stacks")
TEMPLATES = ROOT / "groundwork/templates"
"""What `groundwork init` writes: the code of a client, not of the platform."""

GROUND = frozenset({"errors", "paths", "printable", "project"})
FACTS = GROUND | {"contract", "google"}
PORTS = FACTS | {"ports"}
PLATFORM = PORTS | {"sdk", "engine", "ingestion", "notebook"}

ALLOWED: Mapping[str, frozenset[str]] = {
    "errors": frozenset(),
    "paths": frozenset(),
    "printable": frozenset(),
    "project": frozenset({"errors"}),
    "contract": GROUND,
    "google": GROUND,
    "ports": FACTS,
    "sdk": PORTS | {"adapters"},
    "engine": PORTS,
    "components": FACTS,
    "ingestion": PORTS,
    "notebook": PORTS | {"sdk"},
    "checks": PORTS | {"notebook", "sdk"},
    "environment": PORTS | {"components"},
    "policy": PORTS | {"components", "environment"},
    "factory": PORTS | {"notebook", "sdk"},
    "twin": PORTS | {"engine", "environment"},
    "adapters": PORTS | {"engine", "environment"},
    "onboarding": PORTS | {"adapters", "environment"},
    "stacks": PORTS | {"components", "environment", "policy"},
    "operations": PLATFORM | {"adapters", "environment", "factory", "onboarding", "stacks"},
    "web": PLATFORM | {"adapters", "environment", "factory", "operations"},
    "cli": PLATFORM | {"adapters", "checks", "environment", "factory", "onboarding", "operations", "web"},
    "pipelines": frozenset({"sdk"}),
    # entry points
    "__main__": GROUND | {"environment", "stacks"},
    "groundwork": frozenset({"adapters"}),
    "groundwork.__main__": GROUND | {"cli"},
    "checks.__main__": PORTS | {"checks", "groundwork", "notebook", "sdk"},
    "factory.__main__": PORTS | {"factory", "groundwork", "stacks"},
    "notebook.__main__": PORTS | {"groundwork", "notebook", "sdk"},
}
"""The rooms that each room may import, itself left out. A room that is not here is a mistake: give it its arrows."""

TO_THE_TWIN = ("groundwork.adapters.connect", "groundwork.cli.twin", "groundwork.cli.demo")
"""The only modules outside of the twin that import it."""


@dataclass(frozen=True)
class Arrow:
    """One import of one of our modules by another."""

    importer: str
    imported: str
    line: int

    def __str__(self) -> str:
        return f"{self.importer}:{self.line} imports {self.imported}"


def modules() -> dict[str, str]:
    """Return the text of every module of the product, by its name."""
    files = [
        ROOT / "__main__.py",
        *(file for tree in TREES for file in (ROOT / tree).rglob("*.py") if TEMPLATES not in file.parents),
    ]
    product = [file for file in files if "tests" not in file.relative_to(ROOT).parts]
    return {_module(file.relative_to(ROOT)): file.read_text() for file in product}


def arrows(texts: Mapping[str, str]) -> list[Arrow]:
    """Return the imports between modules, those inside of functions and for types included."""
    return [Arrow(name, imported, line) for name, text in texts.items() for imported, line in _imports(text, texts)]


def room(module: str) -> str:
    """Return the room of a module; an entry point (`python -m groundwork.<room>`) is one of its own."""
    first, *rest = module.split(".")
    if first != "groundwork":
        return first
    if rest == ["__main__"]:
        return module
    return ".".join(rest) if rest[1:] == ["__main__"] else rest[0] if rest else first


def refused(found: Iterable[Arrow]) -> list[str]:
    """Return the imports that the layout does not allow."""
    return sorted(str(arrow) for arrow in found if not _allowed(arrow))


def cycle(edges: Iterable[tuple[str, str]]) -> list[str]:
    """Return the nodes of one cycle, empty where there is none."""
    graph: dict[str, set[str]] = {}
    for start, end in edges:
        if start != end:
            graph.setdefault(start, set()).add(end)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def _allowed(arrow: Arrow) -> bool:
    start, end = room(arrow.importer), room(arrow.imported)
    if start == end:
        return True
    if end == "twin":
        return any(arrow.importer == module or arrow.importer.startswith(f"{module}.") for module in TO_THE_TWIN)
    return end in ALLOWED[start]


def _module(file: Path) -> str:
    return ".".join(file.with_suffix("").parts).removesuffix(".__init__")


def _imports(text: str, known: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            whole = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [name if name in known else node.module for name in whole]
        else:
            continue
        yield from ((name, node.lineno) for name in dict.fromkeys(names) if name in known)


@pytest.fixture(scope="module")
def found() -> list[Arrow]:
    return arrows(modules())


def test_every_import_follows_the_arrows_of_the_layout(found: list[Arrow]) -> None:
    assert refused(found) == []


def test_no_rooms_import_each_other_in_a_circle(found: list[Arrow]) -> None:
    assert cycle((room(arrow.importer), room(arrow.imported)) for arrow in found) == []


def test_no_files_import_each_other_in_a_circle(found: list[Arrow]) -> None:
    assert cycle((arrow.importer, arrow.imported) for arrow in found) == []


def test_every_room_has_its_arrows_and_each_of_them_leads_to_a_room() -> None:
    rooms = {room(module) for module in modules()} | {"web"}
    assert rooms == ALLOWED.keys()
    assert frozenset().union(*ALLOWED.values()) <= rooms


def test_the_table_of_arrows_has_no_circle() -> None:
    assert cycle((start, end) for start, ends in ALLOWED.items() for end in ends) == []


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("groundwork.policy.resources", "from groundwork.twin.registry import RESOURCE_TYPES"),
        ("groundwork.cli.review", "def run():\n    from groundwork.twin.core import shell\n"),
        ("groundwork.factory.effects", "from stacks.candidate import program"),
        ("groundwork.environment.file", "import stacks.environment as program"),
        ("stacks.delivery", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from groundwork.factory import gate\n"),
        ("components.bucket", "from groundwork.environment import names"),
        ("pipelines.forecasting.steps", "from groundwork.ports.errors import Absent"),
    ],
)
def test_a_planted_import_is_refused(module: str, text: str) -> None:
    planted = [arrow for arrow in arrows({**modules(), module: text}) if arrow.importer == module]

    assert refused(planted) == [str(arrow) for arrow in planted] != []


def test_a_planted_circle_is_found() -> None:
    texts = {"components.a": "from components.b import B", "components.b": "def late():\n    from components import a\n"}
    texts["components"] = ""

    assert set(cycle((arrow.importer, arrow.imported) for arrow in arrows(texts))) == {"components.a", "components.b"}
