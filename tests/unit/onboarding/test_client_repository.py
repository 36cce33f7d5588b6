"""A client's repository is right as it is written, and an upgrade keeps what people changed in it."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from groundwork.cli.app import app
from groundwork.contract import release
from groundwork.errors import GroundworkError
from groundwork.onboarding import client_repository, environment_files
from groundwork.onboarding.client_repository import ANSWERS, COPIED, Answers, Change
from groundwork.onboarding.code_owners import code_owners

ROOT = Path(__file__).parents[3]
MOST = 60
PARSERS: dict[str, Callable[[str], Any]] = {
    ".py": ast.parse,
    ".yaml": yaml.safe_load,
    ".json": json.loads,
    ".ipynb": json.loads,
    ".toml": tomllib.loads,
}


@pytest.fixture(scope="module")
def rendered() -> dict[str, bytes]:
    return client_repository.render(Answers.parse({"client": "acme"}))


def refused(*words: str) -> GroundworkError:
    result = CliRunner().invoke(app, list(words))
    assert isinstance(result.exception, GroundworkError), result.output
    return result.exception


def test_a_repository_has_few_files_and_all_of_them_parse(rendered: dict[str, bytes]) -> None:
    assert len(rendered) < MOST
    for path, content in rendered.items():
        if parse := PARSERS.get(Path(path).suffix):
            assert parse(content.decode()) is not None, path


def test_its_environments_are_valid_and_nothing_in_them_is_another_client_s(rendered: dict[str, bytes]) -> None:
    for stack in client_repository.ENVIRONMENTS:
        text = rendered[f"Pulumi.{stack}.yaml"].decode()
        environment = environment_files.validated(stack, environment_files.parsed(text, stack))
        assert (f"acme-ml-{stack}", "acme") == (environment.project, environment.client)
    others = {path for path, content in rendered.items() if b"northwind" in content}
    assert {path for path in others if not path.startswith("pipelines/")} == set()


def test_the_platform_is_a_pinned_dependency_and_no_copy(rendered: dict[str, bytes]) -> None:
    project = tomllib.loads(rendered["pyproject.toml"].decode())["project"]

    assert project["dependencies"] == [f"groundwork-mlops=={release.release()}"]
    assert not [path for path in rendered if path.startswith(("groundwork/", "components/", "stacks/", "cloudbuild/"))]


def test_every_file_outside_of_the_packages_is_in_the_wheel() -> None:
    """A wheel has nothing around its packages: what is not listed is missing in an installed platform alone."""
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    included = wheel["force-include"]

    for name in (*COPIED, "cloudbuild", "Pulumi.dev.yaml"):
        inside = [path for path in included if path == name or path.startswith(f"{name}/")]
        assert inside, name
        assert all(included[path] == f"groundwork/release/{path}" for path in inside)
    assert {file.parent.name for file in ROOT.glob("*/__init__.py")} - {"benchmarks", "tests", "tools"} == set(wheel["packages"])
    assert ["forecasting"] == sorted(folder.parent.name for folder in ROOT.glob("pipelines/*/evaluation"))


def test_the_release_is_found_whatever_the_current_folder_and_the_path_hold(tmp_path: Path) -> None:
    """A build runs in a checkout of a candidate's commit, which looks like a client's repository."""
    for name in ("Pulumi.yaml", "__main__.py"):
        (tmp_path / name).write_text("")
    (tmp_path / "pipelines/forecasting/evaluation").mkdir(parents=True)
    asked = "from groundwork.contract import release; print(release.CLIENT, release.PLATFORM, sep='\\n')"
    done = subprocess.run(
        [sys.executable, "-P", "-c", asked], cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)}, capture_output=True, check=True
    )

    assert f"{release.CLIENT}\n{release.PLATFORM}\n" == done.stdout.decode()
    assert (release.PLATFORM / "cloudbuild/evaluate.yaml").is_file()


def test_code_owners_are_those_that_the_environments_name(tmp_path: Path) -> None:
    client_repository.write(tmp_path, Answers.parse({"client": "acme", "code_owners": ["@acme/ml", "@acme/ops"]}))

    assert code_owners(tmp_path) == (tmp_path / ".github/CODEOWNERS").read_text()


def test_the_answers_of_a_repository_give_the_same_repository(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    options = ("--client", "acme", "--region", "europe-west3", "--reviewers", "rita@acme.example, ralf@acme.example")
    assert 0 == CliRunner().invoke(app, ["init", str(first), *options]).exit_code
    assert 0 == CliRunner().invoke(app, ["init", str(second), "--answers", str(first / ANSWERS)]).exit_code

    assert contents(first) == contents(second)
    assert "reviewers: [rita@acme.example, ralf@acme.example]" in (first / "Pulumi.prod.yaml").read_text()


def contents(folder: Path) -> dict[Path, bytes]:
    return {file.relative_to(folder): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_nothing_is_written_over_or_with_a_wrong_answer(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    new = str(tmp_path / "new")

    assert "directory-exists" == refused("init", str(tmp_path), "--client", "acme").code
    assert "client-missing" == refused("init", new).code
    assert "answers-conflict" == refused("init", new, "--client", "acme", "--answers", str(tmp_path / "a")).code
    error = refused("init", new, "--client", "Acme", "--reviewers", "rita", "--installation-id", "0")
    assert "answers-invalid" == error.code
    assert [line.split(":")[0].strip() for line in error.message.splitlines()] == ["client", "installation_id", "reviewers"]
    assert [tmp_path / "a"] == list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("base", "new", "local", "action", "after"),
    [
        pytest.param(b"1\n", b"1\n", b"2\n", None, b"2\n", id="the release changes nothing"),
        pytest.param(b"1\n", b"2\n", b"2\n", None, b"2\n", id="both changed it in the same way"),
        pytest.param(b"1\n", b"2\n", b"1\n", "update", b"2\n", id="only the release changed it"),
        pytest.param(None, b"2\n", None, "add", b"2\n", id="the release added it"),
        pytest.param(b"1\n", None, b"1\n", "delete", None, id="the release deleted it"),
        pytest.param(b"1\n", None, b"3\n", "keep", b"3\n", id="the release deleted what was changed here"),
        pytest.param(b"1\n", b"2\n", None, "keep", None, id="the release changed what was deleted here"),
        pytest.param(b"1\n\n\n\n5\n", b"2\n\n\n\n5\n", b"1\n\n\n\n6\n", "merge", b"2\n\n\n\n6\n", id="both changed other lines"),
        pytest.param(
            b"1\n",
            b"2\n",
            b"3\n",
            "conflict",
            b"<<<<<<< local\n3\n=======\n2\n>>>>>>> release\n",
            id="both changed the same line",
        ),
        pytest.param(b"1\0", b"2\0", b"3\0", "keep", b"3\0", id="both changed a binary file"),
    ],
)
def test_what_becomes_of_a_file(  # noqa: PLR0913, PLR0917  the three sides of a merge, and its result
    tmp_path: Path, base: bytes | None, new: bytes | None, local: bytes | None, action: str | None, after: bytes | None
) -> None:
    file = tmp_path / "folder/file"
    if local is not None:
        file.parent.mkdir()
        file.write_bytes(local)
    before, rendered = ({} if content is None else {"folder/file": content} for content in (base, new))

    changes = client_repository.upgrade(tmp_path, before, rendered)
    client_repository.apply(tmp_path, changes)

    assert ([] if action is None else [action]) == [change.action for change in changes]
    assert after == (file.read_bytes() if file.is_file() else None)


def test_a_change_is_shown_as_a_diff() -> None:
    change = Change(path="a/b", action="update", before=b"1\n2\n", after=b"1\n3\n")

    assert "--- a/a/b\n+++ b/a/b\n@@ -1,2 +1,2 @@\n 1\n-2\n+3\n" == change.diff()


def test_an_upgrade_says_what_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "client-repository-not-found" == refused("upgrade").code
    client_repository.write(tmp_path, Answers.parse({"client": "acme"}))
    assert "repository-missing" == refused("upgrade").code
    git = ("git", "-c", "user.name=Ada", "-c", "user.email=ada@acme.example")
    for words in (("init", "--quiet"), ("add", "--all")):
        subprocess.run([*git, *words], check=True)
    assert "repository-not-ready" == refused("upgrade").code
    subprocess.run([*git, "commit", "--quiet", "--message", "Begin"], check=True)
    assert "old-release-missing" == refused("upgrade").code
    (tmp_path / ".venv").symlink_to(sys.prefix)
    assert "release-conflict" == refused("upgrade").code
