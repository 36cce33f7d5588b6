"""The parts of both demos: environments, data, pushes, and their output."""

from __future__ import annotations

import fcntl
import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundwork.adapters.connect import connect
from groundwork.cli.demo import seed_twin
from groundwork.cli.demo.stoppable import go_on
from groundwork.cli.output import say, show, table
from groundwork.contract.variables import TWIN_VARIABLE
from groundwork.errors import GroundworkError
from groundwork.onboarding import environment_files
from groundwork.project import checkout as nearest_checkout
from groundwork.twin.cloudbuild.recover import recover as recover_builds
from groundwork.twin.core import shell, twin_lock
from groundwork.twin.core.store import Store
from groundwork.twin.github.git import clean
from groundwork.twin.interfaces.pulumi import recovery

if TYPE_CHECKING:
    from groundwork.ports.platform import Platform

SAMPLE = "pipelines/forecasting/sample/walmart_sales_weekly.csv"
WAITS = "waiting for review"
_GLANCE = 0.2
"""Seconds between two looks at a lock."""
SNAPSHOT = Path(str(files("groundwork.cli.demo"))) / "snapshot.py"


@contextmanager
def chapter(number: int, title: str) -> Iterator[None]:
    """Print a title, and afterwards the duration."""
    go_on()
    say(f"\n{number}. {title}")
    started = time.monotonic()
    yield
    go_on()
    say(f"   ({time.monotonic() - started:.1f} s)")


@dataclass(frozen=True)
class Stage:
    """The twin on which a demo runs, and the checkout from which it runs."""

    root: Path
    checkout: Path
    new: bool = True
    """Whether the twin did not exist before."""

    @cached_property
    def platform(self) -> Platform:
        """The twin, as the person at the keyboard sees it."""
        return connect(f"twin:{self.root}")

    @cached_property
    def repository(self) -> Path:
        """The client's repository; the twin is created if necessary."""
        return seed_twin.prepare(self.root, self.checkout)[0]

    @property
    def clone(self) -> Path:
        """The data scientist's clone."""
        return self.root.parent / "demo" / self.repository.stem

    def reviewers(self, environment: str) -> list[str]:
        """Return the people who decide on changes to an environment."""
        return list(environment_files.read(self.checkout, environment)[environment_files.SECTION]["reviewers"])

    def up(self, stack: str) -> dict[str, Any]:
        """Deploy an environment, continue an interrupted `up`, and return the outputs."""
        from groundwork.engine.stack import Stack  # noqa: PLC0415  the Automation API loads slowly

        def progress(done: int) -> None:
            if done % 20 == 0:
                say(f"   … {done} resources of {stack}")

        deployed = Stack(stack, self.checkout, shell.environment(self.root), self.root)
        if not self.new:
            for sentence in recovery.recover(Store(self.root), deployed):
                say(f"   {sentence}")
        changes = deployed.up(progress).changes
        created, same = changes.get("create", 0), changes.get("same", 0)
        other = {kind: count for kind, count in changes.items() if kind not in {"create", "same"}}
        rest = "".join(f", {count} {kind}" for kind, count in other.items())
        say(f"   {stack}: {created} resources created, {same} unchanged{rest}")
        return deployed.outputs()

    def load(self, outputs: dict[str, Any]) -> None:
        """Load the sample's sales into an environment."""
        from groundwork.ingestion.load import load  # noqa: PLC0415  pandas loads slowly

        sample = self.checkout / SAMPLE
        go_on()
        loaded = load(self.platform, sample, table=f"{outputs['raw_dataset']}.sales", bucket=outputs["raw_bucket"])
        say(f"   {sample.name}: {loaded.rows} rows {'were already loaded' if loaded.already else 'loaded'}")

    def push(self, branch: str) -> None:
        """Push a branch of the clone, and print the factory's log. Raises GroundworkError if git refuses."""
        variables = {**clean(), "HOME": str(Path.home())}
        pushed = subprocess.run(["git", "push", "twin", branch], cwd=self.clone, env=variables, check=False, stdout=sys.stderr)
        go_on()
        if pushed.returncode:
            raise GroundworkError(
                "push-failed", f"`git push twin {branch}` failed", "read the output of git above, and run the demo again"
            )

    def command(self, *words: str) -> None:
        """Print a command of groundwork as a person types it, and run it."""
        say(f"   $ groundwork {' '.join(word if ' ' not in word else repr(word) for word in words)}")
        self._run(words, stdout=sys.stderr)

    def asked(self, *words: str) -> Any:
        """Return the JSON output of a command, run in its own process: no result comes from the memory of this one."""
        return json.loads(self._run((*words, "--json"), stdout=subprocess.PIPE, stderr=subprocess.PIPE) or "[]")

    def _run(self, words: Sequence[str], **streams: Any) -> str:
        command = [sys.executable, "-P", "-m", "groundwork", *words]
        done = subprocess.run(command, cwd=self.checkout, env=self._variables, check=False, text=True, **streams)
        go_on()
        if done.returncode:
            message = f"`groundwork {words[0]}` ended with exit code {done.returncode}: {(done.stderr or '').strip()}"
            raise GroundworkError("demo-command-failed", message, "read the command's output, and run the demo again")
        return done.stdout or ""

    @property
    def _variables(self) -> dict[str, str]:
        """Return the variables that send a command to this twin, from any folder."""
        return {**os.environ, TWIN_VARIABLE: str(self.root)}

    def promotion(self, branch: str) -> dict[str, Any]:
        """Return the promotion of a branch that waits for a review decision; raises GroundworkError where there is none."""
        promotion = self.latest(branch)
        if not promotion or not promotion["pull_request"] or promotion["state"] != WAITS:
            raise GroundworkError(
                "pull-request-not-found",
                f"no promotion of {branch} waits for a review decision",
                "read the factory's log above; `groundwork twin reset` starts again from nothing",
            )
        return promotion

    def latest(self, branch: str) -> dict[str, Any] | None:
        """Return the promotion of a branch that moved last, ended or not."""
        return next((each for each in self.asked("status", "--all") if each["branch"] == branch), None)

    def snapshot(self, *options: str) -> str:
        """Return the output of the snapshot script, which does not use groundwork."""
        command = [sys.executable, str(SNAPSHOT), str(self.root), *options]
        shown = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True).stdout
        go_on()
        return shown

    def typed(self, path: Path) -> str:
        """Return a path as typed in the folder where the demo was started."""
        return str(path.relative_to(self.checkout)) if path.is_relative_to(self.checkout) else str(path)

    @property
    def typed_program(self) -> str:
        """The `groundwork` command as typed in the folder where the demo was started."""
        return shlex.quote(self.typed(Path(sys.executable).with_name("groundwork")))


@contextmanager
def stage() -> Iterator[Stage]:
    """Yield the stage of the nearest checkout, for one demo at a time, and print whether its twin is new."""
    root, checkout = shell.folder(), nearest_checkout()
    with in_turn(root):
        new = not (root / "twin.sqlite").is_file()
        say(f"   the twin {'is new' if new else 'exists already'}: {root}")
        store = shell.make(root)
        for sentence in [] if new else recover_builds(store):
            say(f"   {sentence}")
        yield Stage(root, checkout, new)


@contextmanager
def in_turn(root: Path) -> Iterator[None]:
    """Exclude other demos on this twin; a waiting one prints for which process it waits."""
    file = twin_lock.lock(root.with_name("demo"))
    held = twin_lock.Held(file)
    if not held.take(fcntl.LOCK_EX | fcntl.LOCK_NB):
        say(f"   another demo runs on this twin, and this one waits for its end: {twin_lock.users(file)}")
        while not held.take(fcntl.LOCK_EX | fcntl.LOCK_NB):
            time.sleep(_GLANCE)
            go_on()
    try:
        yield
    finally:
        held.close()


def times(steps: Iterable[tuple[str, str, float]]) -> str:
    """Return steps as a table."""
    rows = [{"step": name, "status": status, "seconds": f"{seconds:.1f}"} for name, status, seconds in steps]
    return table(rows, ["step", "status", "seconds"])


def show_build(platform: Platform, candidate: str) -> None:
    """Show the steps of a candidate's build, and of the run in it."""
    build = next(build for build in platform.builds.builds() if build.key == candidate)
    run = next(run for run in platform.runner.runs() if run.build == build.id)
    show(f"\nbuild {build.id} of {build.branch}@{build.commit[:8]}, as {build.service_account}")
    show(times((step.id, step.status, step.seconds) for step in build.steps))
    show(f"\nrun {run.id}")
    show(times((step.name, step.status, step.seconds) for step in run.steps))
