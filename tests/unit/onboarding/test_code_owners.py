"""Whose review the platform's files need is read off the environments' files."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from groundwork.cli.app import app
from groundwork.errors import GroundworkError
from groundwork.onboarding.code_owners import FILE, code_owners

ROOT = Path(__file__).parents[3]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("Pulumi.yaml", "__main__.py", "Pulumi.dev.yaml", "Pulumi.prod.yaml"):
        shutil.copy(ROOT / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def own(checkout: Path, stack: str, owners: list[str]) -> None:
    file = checkout / f"Pulumi.{stack}.yaml"
    whole = yaml.safe_load(file.read_text())
    whole["config"]["groundwork:environment"]["people"]["code_owners"] = owners
    file.write_text(yaml.safe_dump(whole))


def lines(text: str) -> dict[str, list[str]]:
    return {path: owners for path, *owners in (line.split() for line in text.splitlines() if not line.startswith("#"))}


def test_the_shipped_file_is_what_the_shipped_environments_say() -> None:
    """Run `groundwork codeowners --write` when this fails."""
    assert code_owners(ROOT) == (ROOT / FILE).read_text()


def test_each_environment_s_file_is_its_owners_own_and_what_all_are_made_of_is_everybody_s(checkout: Path) -> None:
    own(checkout, "dev", ["@northwind/platform"])
    own(checkout, "prod", ["@northwind/release", "@grace"])

    assert {
        "*": ["@grace", "@northwind/platform", "@northwind/release"],
        "/Pulumi.dev.yaml": ["@northwind/platform"],
        "/Pulumi.prod.yaml": ["@northwind/release", "@grace"],
        "/pipelines/*/": [],
        "/pipelines/*/evaluation/": ["@grace", "@northwind/platform", "@northwind/release"],
        "/pipelines/*/tables/": ["@grace", "@northwind/platform", "@northwind/release"],
    } == lines(code_owners(checkout))


def test_the_last_lines_leave_the_pipelines_to_the_factory_but_what_evaluates_them(checkout: Path) -> None:
    """The last one that fits decides, so the order is the claim."""
    paths = [line.split()[0] for line in code_owners(checkout).splitlines()[-3:]]
    assert ["/pipelines/*/", "/pipelines/*/evaluation/", "/pipelines/*/tables/"] == paths


def test_an_environment_without_owners_is_everybody_s(checkout: Path) -> None:
    own(checkout, "dev", [])
    assert ["@northwind/platform"] == lines(code_owners(checkout))["/Pulumi.dev.yaml"]

    own(checkout, "prod", [])
    with pytest.raises(GroundworkError, match="no environment file names the owners of the platform's files"):
        code_owners(checkout)


def test_the_command_shows_it_and_writes_it_where_github_looks(checkout: Path) -> None:
    shown = CliRunner().invoke(app, ["codeowners"])
    assert code_owners(checkout) == shown.stdout
    assert not (checkout / FILE).exists()

    assert 0 == CliRunner().invoke(app, ["codeowners", "--write"]).exit_code
    assert code_owners(checkout) == (checkout / FILE).read_text()
