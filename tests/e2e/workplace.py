"""A fresh checkout with a twin of its own, used as a newcomer uses it: through commands, in processes of their own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import time
import venv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

ROOT = Path(__file__).parents[2]
SAMPLE = "pipelines/forecasting/sample/walmart_sales_weekly.csv"
NOTEBOOK = "pipelines/forecasting/notebook.ipynb"


@dataclass(frozen=True)
class Workplace:
    """A checkout, its twin, and a data scientist's clone of the client's repository."""

    checkout: Path

    @property
    def twin(self) -> Path:
        return self.checkout / ".groundwork/twin"

    @property
    def clone(self) -> Path:
        return self.checkout / ".groundwork/demo/forecasting"

    @property
    def python(self) -> str:
        return str(self.checkout / ".venv/bin/python")

    def groundwork(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return self.run(self.python, "-P", "-m", "groundwork", *words, check=check)

    def pulumi(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return self.run("pulumi", *words, "--non-interactive", "--color", "never", check=check, env=self.variables())

    def variables(self) -> dict[str, str]:
        """Return what `eval "$(groundwork twin env)"` would set, by doing it in a shell."""
        command = f'eval "$({self.python} -P -m groundwork twin env)" && env -0'
        shown = subprocess.run(["sh", "-c", command], cwd=self.checkout, env=clean(), check=True, capture_output=True, text=True)
        pairs = (each.partition("=") for each in shown.stdout.split("\0") if each)
        return {name: value for name, _, value in pairs}

    def query(self, sql: str, **parameters: str) -> list[dict[str, Any]]:
        options = [f"--parameter={name}={value}" for name, value in parameters.items()]
        rows: list[dict[str, Any]] = json.loads(self.groundwork("query", sql, *options, "--json").stdout or "[]")
        return rows

    def builds(self) -> list[dict[str, Any]]:
        listed = json.loads(self.groundwork("runs", "--json").stdout or "[]")
        return [each for each in listed if each["kind"] == "build"]

    def commit(self, branch: str, change: Callable[[Path], object]) -> Path:
        """Commit a change on a branch from main in a clone of its own, and return the clone."""
        work = self.checkout / ".groundwork" / f"clone-{branch.replace('/', '-')}"
        if not work.exists():
            repository = self.twin / "repositories/northwind/forecasting.git"
            self.git(work.parent, "clone", "--quiet", "--origin", "twin", str(repository), str(work))
            self.git(work, "checkout", "--quiet", "-b", branch, "twin/main")
        change(work)
        self.git(work, "add", "--all")
        self.git(work, "commit", "--quiet", "--message", f"Change {branch}")
        return work

    def push(self, branch: str, change: Callable[[Path], object]) -> str:
        """Commit a change, push it, and return what `git push` printed."""
        return self.run("git", "push", "twin", branch, cwd=self.commit(branch, change)).stderr

    def git(self, folder: Path, *words: str) -> str:
        return self.run("git", "-c", "user.name=Ada", "-c", "user.email=ada@northwind.example", *words, cwd=folder).stdout

    def run(
        self, *command: str, check: bool = True, cwd: Path | None = None, env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            command,
            cwd=cwd or self.checkout,
            env=env or clean(),
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        if check and done.returncode:
            pytest.fail(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
        return done


def eventually(truth: Callable[[], object], seconds: float = 30) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if truth():
            return True
        time.sleep(0.01)
    return False


def processes(place: Workplace) -> list[psutil.Process]:
    """Return every process that was sent to this twin."""
    found = []
    for process in psutil.process_iter():
        try:
            if (
                str(place.twin) in " ".join([*process.environ().values(), *process.cmdline()])
                and process.status() != psutil.STATUS_ZOMBIE
            ):
                found.append(process)
        except psutil.Error:
            continue
    return found


def notebook(*sources: str) -> str:
    """Return the text of a notebook with these cells of code."""
    cells: list[dict[str, Any]] = [
        {"cell_type": "code", "metadata": {}, "source": source, "outputs": [], "execution_count": None} for source in sources
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return json.dumps({"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 4})


def clean() -> dict[str, str]:
    """Return this environment without anything that points at another twin, and without a person's settings of git."""
    others = ("GROUNDWORK_", "PULUMI_", "PYTEST_", "GIT_")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(others)}
    return {**kept, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


def checkout_into(folder: Path) -> Workplace:
    """Make a checkout of what would be committed now, with the packages that are installed."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    _environment(folder / ".venv")
    place = Workplace(folder)
    place.git(folder, "init", "--quiet", "--initial-branch", "main")
    (folder / ".git/info").mkdir(exist_ok=True)
    (folder / ".git/info/exclude").write_text(".venv\n")
    place.git(folder, "add", "--all")
    place.git(folder, "commit", "--quiet", "--message", "All there is")
    return place


def _environment(folder: Path) -> None:
    """Make an environment of the checkout's own, in which the packages are those that are installed here."""
    venv.create(folder, symlinks=True)
    site = sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)})
    Path(site, "installed.pth").write_text(f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n")
    command = folder / "bin/groundwork"
    command.write_text('#!/bin/sh\nexec "$(dirname "$0")/python" -P -m groundwork "$@"\n')
    command.chmod(0o755)
    (folder / "bin/pulumi").symlink_to(Path(sys.executable).with_name("pulumi").resolve())
