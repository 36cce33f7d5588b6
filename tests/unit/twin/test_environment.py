"""The twin's folder, programs and variables, wherever it lies."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import unquote

import pytest
import yaml

from groundwork.twin.cloudbuild.step_environment import Worker, step_environment
from groundwork.twin.core import shell

ROOT = Path(__file__).parents[3]
NASTY = """it's "a" $HOME `b` % # ? ü"""


@pytest.fixture
def pulumi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand for the Pulumi CLI: a program, in a folder with a bad name, that says where and how it was called."""
    program = tmp_path / NASTY / "pulumi"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$PWD" "$@"\n')
    program.chmod(0o755)
    monkeypatch.setattr(shell, "_pulumi", lambda: str(program))
    return program


def checkout(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "Pulumi.yaml").write_text("name: groundwork\nruntime: python\n")
    (folder / "Pulumi.dev.yaml").write_text("encryptionsalt: secret\nconfig: {}\n")
    (folder / "__main__.py").write_text("")
    return folder


@pytest.mark.usefixtures("pulumi")
def test_the_twins_programs_run_whatever_their_path_holds(tmp_path: Path) -> None:
    place = checkout(tmp_path / NASTY / "checkout")
    root = shell.make(place / "twin").root

    said = subprocess.run([root / "bin/pulumi", "up", "two words"], cwd=place, capture_output=True, text=True, check=True).stdout

    where, _, copy, *words = said.splitlines()
    assert (str(place), ["up", "two words"]) == (where, words)
    assert Path(copy).parent == root / "projects"
    assert "encryptionsalt" not in (Path(copy) / "Pulumi.dev.yaml").read_text()
    described = yaml.safe_load((Path(copy) / "Pulumi.yaml").read_text())
    assert {"name": "groundwork", "runtime": "python", "main": str(place)} == described


@pytest.mark.usefixtures("pulumi")
def test_the_provider_starts_whatever_its_path_holds(tmp_path: Path) -> None:
    """Without an engine behind it, it ends at once: that it came so far is what is asked."""
    root = shell.make(tmp_path / NASTY / "twin").root

    done = subprocess.run([root / "bin/pulumi-resource-gcp", "127.0.0.1:9"], capture_output=True, text=True, check=False)

    assert (0, "") == (done.returncode, done.stderr)


@pytest.mark.usefixtures("pulumi")
def test_pulumi_s_address_of_the_states_is_one_whatever_the_path_holds(tmp_path: Path) -> None:
    address = shell.variables(tmp_path / NASTY)["PULUMI_BACKEND_URL"]

    path, _, query = address.removeprefix("file://").partition("?")
    assert (str(tmp_path / NASTY / "state"), "metadata=skip") == (unquote(path), query)
    assert not set(" #?'\"$`") & set(path)


@pytest.mark.usefixtures("pulumi")
def test_many_make_the_same_twin_at_once(tmp_path: Path) -> None:
    """A passphrase that another one has read is never replaced: states would not open any more."""

    def make(_: int) -> str:
        return (shell.make(tmp_path / "twin").root / "passphrase").read_text()

    with ThreadPoolExecutor(8) as pool:
        (passphrase,) = set(pool.map(make, range(16)))
    assert len(passphrase) > 20
    assert 0o600 == (tmp_path / "twin/passphrase").stat().st_mode & 0o777


def test_what_leads_nowhere_leads_to_a_place_that_root_cannot_make_either() -> None:
    """`gcloud` makes the folder of its configuration where it misses it: from then on the place would be one."""
    worker = Worker(twin=Path("/t"), build="b", project="p", identity="i@p", user_folder=Path("/h"), temporary=Path("/x"))
    variables = {**step_environment(worker, 0, {}), **shell.NOWHERE}
    places = [value for value in variables.values() if "nowhere" in value or "nonexistent" in value]

    assert len(places) >= 4
    assert {shell.NO_PLACE} == set(places)
    with pytest.raises(NotADirectoryError):
        Path(shell.NO_PLACE).mkdir(parents=True)
    assert not Path(shell.NO_PLACE).exists()


def test_no_file_of_the_platform_names_a_place_that_root_can_make() -> None:
    folders = ("groundwork", "stacks", "components", "tools", "tests", "benchmarks")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in {".py", ".sh", ".yaml"}]

    assert [] == [path for path in files if path != Path(__file__) and "/nonexistent" in path.read_text()]
