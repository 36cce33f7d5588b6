"""Cost of a push without its steps: a push with a build of one empty step, compared with a push without a build."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import Line, once
from groundwork.twin.cloudbuild import history
from groundwork.twin.core.store import Store
from groundwork.twin.interfaces.git import install

PROJECT = "bench-project"
ACCOUNT = f"projects/{PROJECT}/serviceAccounts/runner@{PROJECT}.iam.gserviceaccount.com"
REPOSITORY = f"projects/{PROJECT}/locations/europe-west2/connections/github/repositories/bench"
REMOTE = "https://github.com/bench/bench.git"
TIMES = 5


def measure() -> Iterator[Line]:
    """Yield the cost of a push without its steps."""
    with tempfile.TemporaryDirectory() as folder:
        clone, store = _world(Path(folder))
        quiet = min(_push(clone, f"quiet/{number}") for number in range(TIMES))
        built = min(_push(clone, f"feature/{number}") - _steps(store) for number in range(TIMES))
        yield Line("git push, beyond the build's steps", built, "a push that builds nothing", quiet, "must be under 1 s")


def _world(folder: Path) -> tuple[Path, Store]:
    store, clone = Store(folder / "twin"), folder / "clone"
    clone.mkdir()
    _git(clone, "init", "--quiet", "--initial-branch=main")
    _git(clone, "commit", "--quiet", "--allow-empty", "--message", "Begin")
    _git(clone, "remote", "add", "twin", str(install(store, REMOTE, clone)))
    repository = {"remoteUri": REMOTE, "name": "bench", "project": PROJECT}
    store.put("gcp:cloudbuildv2/repository:Repository", REPOSITORY, repository, ready=True)
    account = {"accountId": "runner", "project": PROJECT, "disabled": False}
    store.put("gcp:serviceaccount/account:Account", ACCOUNT, account, ready=True)
    log = {"role": "roles/logging.logWriter", "member": f"serviceAccount:{ACCOUNT.rpartition('/')[2]}", "project": PROJECT}
    store.put("gcp:projects/iAMMember:IAMMember", "the runner's log", log, ready=True)
    step = {"id": "nothing", "name": "gcr.io/cloud-builders/git", "entrypoint": "true"}
    trigger = {
        "name": "bench", "project": PROJECT, "location": "europe-west2", "serviceAccount": ACCOUNT,
        "repositoryEventConfig": {"repository": REPOSITORY, "push": {"branch": "^feature/.*$"}},
        "build": {"steps": [step], "options": {"logging": "CLOUD_LOGGING_ONLY"}},
    }  # fmt: skip
    store.put("gcp:cloudbuild/trigger:Trigger", f"projects/{PROJECT}/locations/europe-west2/triggers/bench", trigger, ready=True)
    return clone, store


def _push(clone: Path, branch: str) -> float:
    _git(clone, "commit", "--quiet", "--allow-empty", "--message", branch)
    return once(lambda: _git(clone, "push", "--quiet", "twin", f"HEAD:refs/heads/{branch}"))


def _steps(store: Store) -> float:
    build = history.all_builds(store)[0]
    if build.status != "SUCCESS":
        raise RuntimeError(f"the measured build ended with {build.status}: {build.error}")
    return sum(step.seconds for step in build.steps)


def _git(folder: Path, *words: str) -> None:
    identity = {f"GIT_{role}_{part}": "bench@example.com" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
    subprocess.run(["git", *words], cwd=folder, env={**os.environ, **identity}, check=True, capture_output=True)
