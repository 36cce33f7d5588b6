"""What both demos are made of: environments, data, pushes, and what is shown of them."""

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
from groundwork.cli.output import say, show, table
from groundwork.cli.stoppable import go_on
from groundwork.errors import GroundworkError
from groundwork.onboarding import environment_files
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
"""Seconds between two looks at what is waited for."""
SNAPSHOT = Path(str(files("groundwork.cli.demo"))) / "snapshot.py"


@contextmanager
def chapter(number: int, title: str) -> Iterator[None]:
    """Say what is to be seen now, and how long it took."""
    go_on()
    say(f"\n{number}. {title}")
    started = time.monotonic()
    yield
    go_on()
    say(f"   ({time.monotonic() - started:.1f} s)")


@dataclass(frozen=True)
class Stage:
    """The twin on which a demo plays, and the checkout that it is played from."""

    root: Path
    checkout: Path
    new: bool = True
    """Whether nothing was there before."""

    @cached_property
    def platform(self) -> Platform:
        """The twin, seen by the person at the keyboard."""
        return connect(f"twin:{self.root}")

    @cached_property
    def repository(self) -> Path:
        """The client's repository; the twin is made where it is not there yet."""
        return seed_twin.prepare(self.root, self.checkout)[0]

    @property
    def clone(self) -> Path:
        """Where the data scientist works."""
        return self.root.parent / "demo" / self.repository.stem

    def reviewers(self, stack: str) -> list[str]:
        """Return the people who decide on changes to an environment."""
        return list(environment_files.read(self.checkout, stack)[environment_files.SECTION]["reviewers"])

    def up(self, stack: str) -> dict[str, Any]:
        """Lay an environment, from where an `up` before was stopped, and return its outputs."""
        from groundwork.engine.stack import Stack  # noqa: PLC0415  the Automation API takes its time to load

        def progress(done: int) -> None:
            if done % 20 == 0:
                say(f"   … {done} resources of {stack}")

        laid = Stack(stack, self.checkout, shell.environment(self.root), self.root)
        if not self.new:
            for sentence in recovery.recover(Store(self.root), laid):
                say(f"   {sentence}")
        changes = laid.up(progress).changes
        made, same = changes.get("create", 0), changes.get("same", 0)
        other = {kind: count for kind, count in changes.items() if kind not in {"create", "same"}}
        rest = "".join(f", {count} {kind}" for kind, count in other.items())
        say(f"   {stack}: {made} resources made, {same} there already{rest}")
        return laid.outputs()

    def load(self, outputs: dict[str, Any]) -> None:
        """Load the sample's sales into an environment."""
        from groundwork.ingestion.load import load  # noqa: PLC0415  pandas takes its time to load

        sample = self.checkout / SAMPLE
        go_on()
        loaded = load(self.platform, sample, table=f"{outputs['raw_dataset']}.sales", bucket=outputs["raw_bucket"])
        say(f"   {sample.name}: {loaded.rows} rows {'were there already' if loaded.already else 'loaded'}")

    def push(self, branch: str) -> None:
        """Push a branch of the clone; what the factory says streams back. Raises GroundworkError when git refuses."""
        variables = {**clean(), "HOME": str(Path.home())}
        pushed = subprocess.run(["git", "push", "twin", branch], cwd=self.clone, env=variables, check=False, stdout=sys.stderr)
        go_on()
        if pushed.returncode:
            raise GroundworkError("push-refused", f"`git push twin {branch}` failed", "look for an error in the output of git")

    def command(self, *words: str) -> None:
        """Run a command of groundwork as a person types it, shown."""
        say(f"   $ groundwork {' '.join(word if ' ' not in word else repr(word) for word in words)}")
        self._run(words, stdout=sys.stderr)

    def asked(self, *words: str) -> Any:
        """Return what a command prints with `--json`; it is a process of its own, so that nothing shown was remembered."""
        return json.loads(self._run((*words, "--json"), stdout=subprocess.PIPE, stderr=subprocess.PIPE) or "[]")

    def _run(self, words: Sequence[str], **streams: Any) -> str:
        command = [sys.executable, "-P", "-m", "groundwork", *words]
        done = subprocess.run(command, cwd=self.checkout, env=self._variables, check=False, text=True, **streams)
        go_on()
        if done.returncode:
            said = f":\n{done.stderr.strip()}" if done.stderr else ""
            raise GroundworkError(
                "demo-failed", f"`groundwork {words[0]}` ended with {done.returncode}{said}", "look for an error in its output"
            )
        return done.stdout or ""

    @property
    def _variables(self) -> dict[str, str]:
        """Return what sends a command to this twin, wherever the demo was called."""
        return {**os.environ, shell.VARIABLE: str(self.root)}

    def promotion(self, branch: str) -> dict[str, Any]:
        """Return the promotion of a branch that waits for a review decision; raises GroundworkError where there is none."""
        found = self.latest(branch)
        if not found or not found["pull_request"] or found["state"] != WAITS:
            raise GroundworkError(
                "proposal-missing",
                f"no promotion of {branch} waits for a review decision",
                "look for an error in the output of the factory, or start again with `groundwork twin reset`",
            )
        return found

    def latest(self, branch: str) -> dict[str, Any] | None:
        """Return the promotion of a branch that moved last, ended or not."""
        return next((each for each in self.asked("status", "--all") if each["branch"] == branch), None)

    def snapshot(self, *options: str) -> str:
        """Return what the snapshot script prints: it knows nothing of groundwork."""
        command = [sys.executable, str(SNAPSHOT), str(self.root), *options]
        shown = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True).stdout
        go_on()
        return shown

    def typed(self, path: Path) -> str:
        """Return a path as it is typed where the demo was started."""
        return str(path.relative_to(self.checkout)) if path.is_relative_to(self.checkout) else str(path)

    @property
    def typed_program(self) -> str:
        """The `groundwork` command as a shell takes it where the demo was started."""
        return shlex.quote(self.typed(Path(sys.executable).with_name("groundwork")))


@contextmanager
def stage() -> Iterator[Stage]:
    """Give the stage of the nearest checkout, one demo after the other, and say whether its twin is new."""
    root, checkout = shell.folder(), shell.checkout()
    with in_turn(root):
        new = not (root / "twin.sqlite").is_file()
        say(f"   the twin {'is new' if new else 'was there already'}: {root}")
        store = shell.make(root)
        for sentence in [] if new else recover_builds(store):
            say(f"   {sentence}")
        yield Stage(root, checkout, new)


@contextmanager
def in_turn(root: Path) -> Iterator[None]:
    """Keep others out while one demo is at work; who has to wait is told for whom."""
    file = twin_lock.lock(root.with_name("demo"))
    held = twin_lock.Held(file)
    if not held.take(fcntl.LOCK_EX | fcntl.LOCK_NB):
        say(f"   another demo is at work on this twin, and this one waits for its end: {twin_lock.users(file)}")
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
