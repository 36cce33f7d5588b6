"""The wheel is enough: a client's repository is made, tested, previewed and upgraded with nothing of the checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
UV = Path(sys.executable).with_name("uv")
OLD, NEW = "0.1.0", "999.0"
CHANGED = "groundwork/templates/client/README.md.jinja"

pytestmark = [pytest.mark.engine, pytest.mark.deep]


@dataclass(frozen=True)
class Package:
    """Wheels of two releases, and how to install one."""

    folder: Path
    old: Path
    new: Path

    def environment(self, folder: Path, wheel: Path) -> Path:
        """Install a wheel into an empty environment, with the versions of uv.lock, and return the environment."""
        run(UV, "venv", "--quiet", "--python", sys.executable, folder)
        install = (UV, "pip", "install", "--quiet", "--python", folder / "bin/python", "-c", self.folder / "constraints", wheel)
        if run(*install, "--offline", check=False).returncode:  # the cache does not have every package
            run(*install)
        return folder


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    folder = tmp_path_factory.mktemp("package")
    export = ("export", "--frozen", "--no-dev", "--no-emit-project", "--no-hashes", "--quiet")
    run(UV, *export, "--project", ROOT, "-o", folder / "constraints")
    newer = folder / "newer"
    copy_working_tree(newer)
    file = newer / CHANGED
    file.write_text(file.read_text().replace("# ML pipelines of", "# All ML pipelines of"))
    project = newer / "pyproject.toml"
    project.write_text(project.read_text().replace(f'version = "{OLD}"', f'version = "{NEW}"', 1))
    return Package(folder, build(previous_commit(folder / "older"), folder / "old"), build(newer, folder / "new"))


@pytest.fixture(scope="module")
def repository(package: Package) -> Path:
    """Return a client's repository that the old release made, with that release in its environment."""
    folder = package.folder / "acme"
    installed = package.environment(package.folder / "installed", package.old)
    run(installed / "bin/groundwork", "init", folder, "--client", "acme")
    package.environment(folder / ".venv", package.old)
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit(folder, "Begin")
    return folder


def test_the_wheel_holds_all_that_it_reads_and_no_tests(package: Package) -> None:
    names = zipfile.ZipFile(package.new).namelist()

    assert {name.split("/")[0] for name in names} == {"groundwork", "components", "stacks", f"groundwork_mlops-{NEW}.dist-info"}
    for kept in (
        "groundwork/release/cloudbuild/evaluate.yaml",
        "groundwork/release/pipelines/forecasting/notebook.ipynb",
        "groundwork/templates/client/.github/workflows/test.yaml.jinja",
        "groundwork/factory/report/templates/page.html.j2",
        "groundwork/twin/bin/pulumi-resource-gcp",
        "groundwork/environment/serving.json",
    ):
        assert kept in names
    assert not [name for name in names if "__pycache__" in name]


def test_the_command_says_which_release_it_is(repository: Path) -> None:
    assert f"groundwork {OLD}\n" == run(repository / ".venv/bin/groundwork", "--version").stdout


def test_the_repository_passes_its_own_tests(repository: Path) -> None:
    assert "5 passed" in run("make", "test", cwd=repository).stdout


def test_both_environments_preview_on_the_twin(repository: Path) -> None:
    shown = run("make", "preview", cwd=repository).stdout

    assert 2 == shown.count(" to create")
    assert "acme-ml-dev" in shown
    assert "acme-ml-prod" in shown


def test_an_upgrade_changes_what_the_release_changes_and_keeps_a_local_edit(package: Package, repository: Path) -> None:
    environment, readme = repository / "Pulumi.dev.yaml", repository / "README.md"
    environment.write_text(environment.read_text().replace("at_most: 0.12", "at_most: 0.2"))
    readme.write_text(f"{readme.read_text()}\nOur own words.\n")
    commit(repository, "Edit")
    newer = package.environment(package.folder / "newest", package.new) / "bin/groundwork"

    assert "nothing was written" in run(newer, "upgrade", "--dry-run", cwd=repository).stderr
    assert "" == git(repository, "status", "--porcelain")
    shown = run(newer, "upgrade", cwd=repository)

    assert "+# All ML pipelines of acme" in shown.stdout
    assert f"upgraded from {OLD} to {NEW}" in shown.stderr
    assert readme.read_text().startswith("# All ML pipelines of acme\n")
    assert readme.read_text().endswith("\nOur own words.\n")
    assert "at_most: 0.2\n" in environment.read_text()
    assert f"groundwork-mlops=={NEW}" in (repository / "pyproject.toml").read_text()
    assert f"release: '{NEW}'" in (repository / ".groundwork.yaml").read_text()


def build(source: Path, into: Path) -> Path:
    run(UV, "build", "--quiet", "--wheel", "--out-dir", into, source)
    (wheel,) = into.glob("*.whl")
    return wheel


def previous_commit(folder: Path) -> Path:
    """Return the files of the commit before this one, or of this one where that has no template or is missing (shallow clone)."""
    template = run("git", "cat-file", "-e", "HEAD~1:groundwork/templates/client", cwd=ROOT, check=False)
    commit_id = "HEAD" if template.returncode else "HEAD~1"
    folder.mkdir()
    archive = folder.with_suffix(".tar")
    git(ROOT, "archive", "--output", str(archive), commit_id)
    shutil.unpack_archive(archive, folder)
    return folder


def copy_working_tree(folder: Path) -> None:
    listed = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


def commit(folder: Path, message: str) -> None:
    git(folder, "add", "--all")
    git(folder, "-c", "user.name=Ada", "-c", "user.email=ada@acme.example", "commit", "--quiet", "--message", message)


def git(folder: Path, *words: str) -> str:
    return run("git", *words, cwd=folder).stdout


def run(*words: str | Path, cwd: Path | None = None, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a program that sees nothing of this checkout: not its environment, its packages or its settings."""
    others = ("GROUNDWORK_", "PULUMI_", "PYTEST_", "PYTHON", "GIT_", "VIRTUAL_ENV")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(others)}
    pulumi = Path(sys.executable).with_name("pulumi").resolve().parent
    path = os.pathsep.join([str(pulumi), *(part for part in kept["PATH"].split(os.pathsep) if part != str(UV.parent))])
    done = subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env={**kept, "PATH": path},
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if check and done.returncode:
        pytest.fail(f"{' '.join(map(str, words))} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return done
