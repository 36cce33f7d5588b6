"""Nothing in the platform is about forecasting: its code, texts and templates have no word of that subject."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
WORDS = re.compile(r"forecast|naive|seasonal|\bsales\b", re.IGNORECASE)
EXEMPT = (
    "groundwork/cli/demo/",
    "groundwork/cli/init.py",
    "groundwork/onboarding/client_repository.py",
    "groundwork/templates/",
)
"""The demo shows the reference pipeline, and `groundwork init` writes it into a client repository."""
KINDS = {".py", ".j2", ".css", ".json", ".yaml"}
FILES = sorted(
    file
    for folder in ("groundwork", "stacks", "components", "cloudbuild")
    for file in (ROOT / folder).rglob("*")
    if file.suffix in KINDS and not file.relative_to(ROOT).as_posix().startswith(EXEMPT)
)


def test_no_file_of_the_platform_names_the_subject_of_a_pipeline() -> None:
    found = [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()}"
        for file in FILES
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if WORDS.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("line", ["Seasonal naive", "stores no forecasts", "a table `sales`"])
def test_such_a_word_would_be_found(line: str) -> None:
    assert WORDS.search(line)
    assert len(FILES) > 300
