"""A twin with one connected repository and a clone of it to push from; no Pulumi engine, but real git and real processes."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from groundwork.twin.cloudbuild import history
from groundwork.twin.core.store import Store
from groundwork.twin.interfaces import git as interface

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from groundwork.ports.builds import Build

PROJECT = "northwind-ml-dev"
RUNNER = f"forecasting-runner@{PROJECT}.iam.gserviceaccount.com"
ACCOUNT = f"projects/{PROJECT}/serviceAccounts/{RUNNER}"
REPOSITORY = f"projects/{PROJECT}/locations/europe-west2/connections/github/repositories/forecasting"
REMOTE = "https://github.com/northwind/forecasting.git"
WHO = {"GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@northwind.example"}
ENVIRONMENT = {
    **WHO,
    **{name.replace("AUTHOR", "COMMITTER"): value for name, value in WHO.items()},
    "PATH": os.environ["PATH"],
    "HOME": "/dev/null/nowhere",
    "GIT_CONFIG_NOSYSTEM": "1",
}


@dataclass
class World:
    """The twin, and Ada's clone."""

    store: Store
    bare: Path
    clone: Path
    environment: dict[str, str] = field(default_factory=lambda: dict(ENVIRONMENT))

    def git(self, *arguments: str, folder: Path | None = None) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=folder or self.clone, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def git_said(self, *arguments: str) -> str:
        """Run git and return what it told the person."""
        done = subprocess.run(
            ["git", *arguments], cwd=self.clone, env=self.environment, capture_output=True, text=True, check=True
        )
        return done.stderr

    def trigger(
        self, *steps: Mapping[str, Any], name: str = "forecasting-push", build: Mapping[str, Any] | None = None, **inputs: Any
    ) -> None:
        """Record a trigger as the provider would."""
        given = {
            "name": name,
            "project": PROJECT,
            "location": "europe-west2",
            "repositoryEventConfig": {"repository": REPOSITORY, "push": {"branch": "^feature/.*$"}},
            "serviceAccount": ACCOUNT,
            "build": {"steps": list(steps), "options": {"logging": "CLOUD_LOGGING_ONLY"}, **(build or {})},
            **inputs,
        }
        self.store.put(
            "gcp:cloudbuild/trigger:Trigger", f"projects/{PROJECT}/locations/europe-west2/triggers/{name}", given, ready=True
        )

    def commit(self, files: Mapping[str, str], message: str = "Change something") -> str:
        for name, text in files.items():
            path = self.clone / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")

    def start_push(self, refspec: str, *options: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            ["git", "push", *options, "twin", refspec],
            cwd=self.clone, env=self.environment, text=True, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def push(self, branch: str = "feature/x", *options: str) -> str:
        """Push HEAD to a branch and return what git showed."""
        process = self.start_push(f"HEAD:refs/heads/{branch}", *options)
        said, _ = process.communicate(timeout=50)
        assert process.returncode == 0, said
        return said

    def build(self) -> Build:
        (build,) = history.all_builds(self.store)
        return build

    def log(self) -> str:
        return history.log_path(self.store, self.build().id).read_text()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    store = Store(tmp_path / "twin")
    store.put(
        "gcp:cloudbuildv2/repository:Repository",
        REPOSITORY,
        {"remoteUri": REMOTE, "name": "forecasting", "project": PROJECT},
        ready=True,
    )
    store.put(
        "gcp:serviceaccount/account:Account",
        ACCOUNT,
        {"accountId": "forecasting-runner", "project": PROJECT, "disabled": False},
        ready=True,
    )
    log = {"role": "roles/logging.logWriter", "member": f"serviceAccount:{RUNNER}", "project": PROJECT}
    store.put("gcp:projects/iAMMember:IAMMember", "the runner's log", log, ready=True)
    made = World(store=store, bare=Path(), clone=tmp_path / "clone")
    made.clone.mkdir()
    made.git("init", "--quiet", "--initial-branch=main")
    made.commit({"pipelines/forecasting/pipeline.py": "HORIZON = 8\n"}, "Begin")
    made.bare = interface.install(store, REMOTE, made.clone)
    made.git("remote", "add", "twin", str(made.bare))
    yield made
    left = [process for process in _of_twin(store) if process.is_running()]
    assert not left, f"processes outlived the test: {left}"


@pytest.fixture
def eventually() -> Callable[[Callable[[], Any], str], Any]:
    """Wait for something that another process does; fails after half a minute."""

    def wait(truth: Callable[[], Any], claim: str) -> Any:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if found := truth():
                return found
            time.sleep(0.05)
        return pytest.fail(f"never: {claim}")

    return wait


@pytest.fixture
def of_twin() -> Callable[[Store], list[psutil.Process]]:
    return _of_twin


def _of_twin(store: Store) -> list[psutil.Process]:
    """Return every process that works for a twin: its steps' environment and its hook's arguments name it."""
    found = []
    for process in psutil.process_iter():
        try:
            named = process.environ().get("GROUNDWORK_PLATFORM") == f"twin:{store.root}" or str(store.root) in process.cmdline()
        except psutil.Error:
            continue
        if named and process.pid != os.getpid() and process.status() != psutil.STATUS_ZOMBIE:
            found.append(process)
    return found
