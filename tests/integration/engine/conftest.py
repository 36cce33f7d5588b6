"""The real engine, on a twin of its own, with small programs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from groundwork.twin.core.store import Store

CHECKOUT = Path(__file__).parents[3]
PROJECT = "northwind-ml-dev"
STACK = "dev"


@dataclass(frozen=True)
class Done:
    """One command of the CLI that has ended."""

    code: int
    text: str


@dataclass(frozen=True)
class Engine:
    """A project folder, a twin and the real CLI."""

    root: Path
    environment: Mapping[str, str]
    store: Store
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def program(self, text: str) -> None:
        """Make this the project's program."""
        (self.root / "project/__main__.py").write_text(textwrap.dedent(text))

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command of the CLI in a session of its own."""
        process = subprocess.Popen(
            ["pulumi", *arguments, "--non-interactive"],
            cwd=self.root / "project", env=dict(self.environment), text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
        self.started.append(process)
        return process

    def run(self, *arguments: str) -> Done:
        """Run a command of the CLI to its end."""
        process = self.start(*arguments)
        text, _ = process.communicate(timeout=120)
        return Done(process.returncode, text)

    def ok(self, *arguments: str) -> str:
        """Run a command that must succeed, and return what it printed."""
        done = self.run(*arguments)
        assert done.code == 0, done.text
        return done.text

    def refused(self, *arguments: str) -> str:
        """Run a command that must fail, and return what it printed."""
        done = self.run(*arguments)
        assert done.code != 0, done.text
        return done.text

    def up(self) -> str:
        """Bring the stack up; it must succeed."""
        return self.ok("up", "--yes", "--skip-preview")

    def state(self) -> dict[str, Any]:
        """Return the stack's exported state."""
        exported: dict[str, Any] = json.loads(self.ok("stack", "export"))
        return exported

    def resources(self) -> dict[str, dict[str, Any]]:
        """Return the state's resources by logical name."""
        return {resource["urn"].rpartition("::")[2]: resource for resource in self.state()["deployment"]["resources"]}


def pulumi() -> Path:
    """Return the CLI: the one on the PATH, else the newest that was built here."""
    if found := shutil.which("pulumi"):
        return Path(found)
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "groundwork/pulumi"
    built = sorted(cache.glob("*/pulumi"), key=lambda path: [int(part) for part in path.parent.name.lstrip("v").split(".")])
    if not built:
        pytest.fail(f"there is no Pulumi CLI on the PATH, and none below {cache}: run `make setup`", pytrace=False)
    return built[-1]


def _script(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def make(root: Path) -> Engine:
    """Make an engine in an empty folder, with a stack that has nothing in it."""
    programs, twin, project = root / "bin", root / "twin", root / "project"
    for folder in (programs, twin, project, root / "state"):
        folder.mkdir(parents=True)
    (programs / "pulumi").symlink_to(pulumi())
    for name in ("pulumi-language-python", "language_host.py"):
        shutil.copy(CHECKOUT / "tools" / name, programs)
    _script(programs / "pulumi-resource-gcp", f'exec "{sys.executable}" -P -m groundwork.twin.interfaces.pulumi "$@"')
    (project / "Pulumi.yaml").write_text("name: trial\nruntime: python\n")
    (project / f"Pulumi.{STACK}.yaml").write_text(f"config:\n  gcp:project: {PROJECT}\n")
    (project / "__main__.py").write_text("")
    environment = {
        "GROUNDWORK_TWIN": str(twin),
        "HOME": str(root),
        "PATH": os.pathsep.join([str(programs), str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"]),
        "PULUMI_BACKEND_URL": f"file://{root}/state?metadata=skip",
        "PULUMI_CONFIG_PASSPHRASE": "a passphrase",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_HOME": str(root / "pulumi"),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }
    engine = Engine(root, environment, Store(twin))
    engine.ok("stack", "init", STACK)
    return engine


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """Return an engine of the test's own."""
    made = make(tmp_path)
    yield made
    _end(made)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Return an engine that the claims of one file share, in the order that they stand in."""
    made = make(tmp_path_factory.mktemp("engine"))
    yield made
    _end(made)


def _end(engine: Engine) -> None:
    for process in engine.started:
        if process.poll() is None:
            process.kill()
        process.communicate()
