"""What people are told to type and to follow is there."""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pandas as pd
import pytest
import yaml
from typer.main import get_command

from groundwork.cli.app import app
from groundwork.contract.factory_settings import Thresholds
from groundwork.factory.gate import gate
from groundwork.ports.warehouse import Warehouse
from groundwork.sdk.evaluation import CandidateResults, Case, Evaluation

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs/guides/evaluation.md"
DECISIONS = ROOT / "docs/decisions"
CODE = ("components", "stacks", "groundwork", "pipelines", "cloudbuild")
PAGES = sorted({*(ROOT / f"{name}.md" for name in ("README", "CONTRIBUTING", "SECURITY")), *(ROOT / "docs").rglob("*.md")})


def commands(page: Path) -> Iterator[list[str]]:
    """Yield the words of every `groundwork …` in a code block or between backticks."""
    for line in re.findall(r"^groundwork .+$|`groundwork [^`<][^`]*`", page.read_text(), re.MULTILINE):
        yield shlex.split(line.strip("`").replace("…", "x"), comments=True)[1:]


def unknown(words: list[str]) -> list[str]:
    """Return what of a command the program does not know: a subcommand, or options."""
    found: Any = get_command(app)
    while hasattr(found, "get_command") and words:
        inner = found.get_command(None, words[0])
        if inner is None:
            return words[:1]
        found, words = inner, words[1:]
    known = {option for parameter in found.params for option in parameter.opts}
    return [word for word in words if word.startswith("--") and word not in known]


def block(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```$", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


def evaluated(error: float) -> Evaluation:
    """Run the guide's evaluation on forecasts that are so far off; NaN: on none of a day that is known."""
    module: dict[str, Any] = {}
    exec(block("python"), module)  # noqa: S102  it is what people will copy
    days, known = [date(2026, 11, 22), date(2026, 11, 23)], not math.isnan(error)
    answers = SimpleNamespace(query=lambda _, **__: pd.DataFrame({"day": days, "visits": [10.0, 20.0]}))
    forecast = pd.DataFrame({"day": days if known else [], "visits": [10.0 + error, 20.0 - error] if known else []})
    (table,) = module["TABLES"]
    case = Case(
        warehouse=cast("Warehouse", answers),
        raw="p.raw",
        holdout_weeks=1,
        candidate=CandidateResults(run="r", tables={table: forecast}),
        champion=None,
    )
    return cast("Evaluation", module["evaluate"](case))


def test_every_file_that_the_recipes_name_is_there() -> None:
    """Paths start at the root, in `groundwork/` or in `tests/`; one with a placeholder names a form."""
    paths = re.findall(r"`(\w[\w.-]*/[\w./-]*)`", (ROOT / "CONTRIBUTING.md").read_text())
    forms = {"docs/decisions/NNNN-title.md", "site/"}  # a form, and a folder that `make docs` makes
    folders = {"steps/", "effects/", "report/", "core/", "interfaces/", "data/", "helpers/"}  # of the folder before them
    starts = (ROOT, ROOT / "groundwork", ROOT / "tests")

    assert len(paths) > 60
    assert [] == [path for path in paths if path not in forms | folders and not any((start / path).exists() for start in starts)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_command_that_a_page_names_is_there(page: Path) -> None:
    assert [] == [(words, unknown(words)) for words in commands(page) if unknown(words)]


def test_a_command_that_is_not_there_would_be_found() -> None:
    assert ["--why"] == unknown(["review", "approve", "1", "--why", "x"])
    assert ["aprove"] == unknown(["review", "aprove", "1"])
    assert len(list(commands(ROOT / "README.md"))) > 10


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())

    assert [] == [link for link in links if not (page.parent / link).exists()]


def test_decisions_are_numbered_without_a_gap_and_each_says_what_it_costs() -> None:
    files = sorted(DECISIONS.glob("[0-9]*.md"))

    assert list(range(1, len(files) + 1)) == [int(file.name[:4]) for file in files]
    for file in files:
        text = file.read_text()
        assert text.startswith(f"# {int(file.name[:4])}. ")
        assert ["Context", "Decision", "Consequences", "Alternatives"] == re.findall(r"^\*\*(\w+)\.\*\*", text, re.MULTILINE)


def test_the_index_of_decisions_lists_each_with_its_title_and_an_anchor() -> None:
    files = sorted(DECISIONS.glob("[0-9]*.md"))
    rows = re.findall(
        r'^\| <a id="(\d+)"></a>(\d+) \| \[(.+?)\]\((.+?)\) \| .+\. \|$', (DECISIONS / "index.md").read_text(), re.MULTILINE
    )

    assert len(rows) == len(files)
    for (anchor, number, title, link), file in zip(rows, files, strict=True):
        assert (anchor, link) == (number, file.name)
        assert file.read_text().startswith(f"# {number}. {title}\n")


def test_decisions_are_referred_to_by_a_number_that_is_there() -> None:
    last = len(list(DECISIONS.glob("[0-9]*.md")))
    named = {int(number) for page in PAGES for number in re.findall(r"\b[Dd]ecision (\d+)", page.read_text())}

    assert named
    assert named <= set(range(1, last + 1))


def test_code_refers_to_every_decision_and_to_no_other_number() -> None:
    """A reader of a surprising line finds the reason for it, and a decision that no code needs any more is noticed."""
    files = [
        path
        for folder in CODE
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".sql", ".yaml", ""} and path.is_file()
    ]
    named = {int(number) for path in files for number in re.findall(r"\b[Dd]ecision (\d+)", path.read_text())}

    assert named == {int(file.name[:4]) for file in DECISIONS.glob("[0-9]*.md")}


def test_cursed_knowledge_is_newest_first() -> None:
    dates = re.findall(r"^- \*\*([0-9-]+)\*\*", (ROOT / "docs/cursed-knowledge.md").read_text(), re.MULTILINE)

    assert dates == sorted(dates, reverse=True)


def test_the_thresholds_of_the_guide_are_thresholds() -> None:
    thresholds = {name: Thresholds.model_validate(given) for name, given in yaml.safe_load(block("yaml"))["gate"].items()}

    assert {"wape", "coverage_80"} == set(thresholds)


def test_the_evaluation_of_the_guide_evaluates() -> None:
    thresholds = {"mae": Thresholds(at_most=4)}

    assert gate(evaluated(3.0), thresholds).passed
    assert not gate(evaluated(5.0), thresholds).passed
    assert not gate(evaluated(float("nan")), thresholds).passed
