"""What is generated is what is committed: run `make reference` when this fails."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def generated() -> dict[str, str]:
    spec = importlib.util.spec_from_file_location("reference", ROOT / "tools/reference.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    pages: dict[str, str] = module.pages()
    return pages


@pytest.mark.parametrize("page", ["cli.md", "environment.md"])
def test_a_generated_page_is_current(page: str) -> None:
    assert generated()[page] == (ROOT / "docs/reference" / page).read_text()


def test_every_key_of_the_environment_file_says_what_it_means() -> None:
    rows = [line for line in generated()["environment.md"].splitlines() if line.startswith("| `")]

    assert rows
    assert [] == [row for row in rows if row.split("|")[3].strip() == ""]
