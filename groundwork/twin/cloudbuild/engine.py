"""Runs the steps of a build as Cloud Build does: each one after the steps that it waits for, none after a failure."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING

from groundwork.ports.builds import BuildStep
from groundwork.printable import printable
from groundwork.twin.cloudbuild.supervised import SupervisedProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from groundwork.twin.cloudbuild.log import Log
    from groundwork.twin.cloudbuild.plan import Plan, Step

QUEUED, WORKING, SUCCESS, FAILURE, TIMEOUT, CANCELLED, SKIPPED = (
    "QUEUED", "WORKING", "SUCCESS", "FAILURE", "TIMEOUT", "CANCELLED", "SKIPPED",
)  # fmt: skip
_GLANCE = 0.2
"""Seconds between two checks of the time limit and of the waiting process."""


@dataclass(frozen=True, kw_only=True)
class Site:
    """Where the steps of a build run."""

    checkout: Path
    scripts: Path
    environment: Callable[[int, Mapping[str, str]], dict[str, str]]
    """The whole environment for a step's number and its own variables."""


@dataclass
class _State:
    status: str = QUEUED
    began: float = 0.0
    seconds: float = 0.0
    kept: SupervisedProcess | None = None
    ending: str = ""
    """The status that it was ended with, before its program is gone."""


@dataclass
class Execution:
    """One pass over the steps of a plan."""

    plan: Plan
    site: Site
    log: Log
    cancelled: Callable[[], str]
    """Returns why the build should end now, or ""."""
    progress: Callable[[tuple[BuildStep, ...]], None]
    """Called at every change of a step."""
    error: str = ""
    _states: list[_State] = field(default_factory=list)
    _done: SimpleQueue[tuple[int, int]] = field(default_factory=SimpleQueue)
    _decision: str = ""

    def run(self) -> str:
        """Run all steps and return the build's status."""
        self._states = [_State() for _ in self.plan.steps]
        deadline = time.monotonic() + self.plan.seconds
        try:
            return self._run(deadline)
        finally:  # nothing to do unless there is a bug above
            for number in self._working():
                self._end(number, CANCELLED)

    def _run(self, deadline: float) -> str:
        self._start_ready()
        while self._working():
            try:
                number, code = self._done.get(timeout=_GLANCE)
            except Empty:
                self._look(deadline)
                continue
            self._finish(number, code)
            self._look(deadline)
            self._start_ready()
        return self._decision or SUCCESS

    def steps(self) -> tuple[BuildStep, ...]:
        """Return how each step stands."""
        return tuple(
            BuildStep(id=step.id, status=state.status, seconds=round(state.seconds, 2))
            for step, state in zip(self.plan.steps, self._states, strict=True)
        )

    def _working(self) -> list[int]:
        return [number for number, state in enumerate(self._states) if state.status == WORKING]

    def _start_ready(self) -> None:
        before = None
        while not self._decision and before != (before := [state.status for state in self._states]):
            for number, step in enumerate(self.plan.steps):
                done = all(self._states[other].status in {SUCCESS, SKIPPED, FAILURE} for other in step.waits)
                if self._states[number].status == QUEUED and done and not self._decision:
                    self._start(number, step)
        self.progress(self.steps())

    def _start(self, number: int, step: Step) -> None:
        state = self._states[number]
        label = _label(number, step)
        if step.skipped:
            state.status = SKIPPED
            self.log.write(f"{label}: SKIPPED: it builds a container ({step.image}), which the twin does not do")
            return
        self.log.write(f"{label}: as a process; image {step.image} is not pulled")
        folder = self.site.checkout / step.folder
        if not folder.resolve().is_relative_to(self.site.checkout.resolve()):
            state.status = FAILURE
            self._fail(FAILURE, f"step {step.id} runs in `{step.folder}`, which leads out of the checkout")
            return
        folder.mkdir(parents=True, exist_ok=True)
        state.status, state.began = WORKING, time.monotonic()
        state.kept = SupervisedProcess(
            self._command(number, step),
            folder=folder,
            environment=self.site.environment(number, step.environment),
            hear=lambda line: self.log.write(f"{label}: {printable(line)}"),
        )
        Thread(target=self._wait, args=(number, state.kept), daemon=True).start()

    def _command(self, number: int, step: Step) -> tuple[str, ...]:
        if not step.script:
            return step.program
        path = self.site.scripts / str(number)
        path.write_text(step.script if step.script.startswith("#!") else f"#!/bin/sh\n{step.script}", encoding="utf-8")
        path.chmod(0o700)
        return (os.fspath(path),)

    def _wait(self, number: int, kept: SupervisedProcess) -> None:
        self._done.put((number, kept.wait()))

    def _look(self, deadline: float) -> None:
        now = time.monotonic()
        if reason := self.cancelled():
            self._end_all(CANCELLED, reason)
        elif now > deadline:
            self._end_all(TIMEOUT, f"the build took longer than its {self.plan.seconds:g} s")
        for number in self._working():
            limit = self.plan.steps[number].seconds
            if limit and now > self._states[number].began + limit and not self._states[number].ending:
                self._end(number, TIMEOUT)
                self._fail(TIMEOUT, f"step {self.plan.steps[number].id} took longer than its {limit:g} s")

    def _finish(self, number: int, code: int) -> None:
        state, step = self._states[number], self.plan.steps[number]
        state.seconds = time.monotonic() - state.began
        state.status = state.ending or (FAILURE if code else SUCCESS)
        if state.status != FAILURE:
            return
        if step.forgiven is None or code in step.forgiven:
            self.log.write(f"{_label(number, step)}: exit code {code}; the build goes on, as the step allows")
        else:
            self._fail(FAILURE, f"step {step.id} failed with exit code {code}")

    def _fail(self, status: str, error: str) -> None:
        """Decide how the build ends, once, and end the steps that run at the same time."""
        if not self._decision:
            self._decision, self.error = status, error
            for number in self._working():
                self._end(number, CANCELLED)

    def _end_all(self, status: str, error: str) -> None:
        for number in self._working():
            self._end(number, status)
        self._fail(status, error)

    def _end(self, number: int, status: str) -> None:
        state = self._states[number]
        state.ending = state.ending or status
        if state.kept:
            state.kept.end()


def _label(number: int, step: Step) -> str:
    """Cloud Build's own form of it."""
    return f"Step #{number}" + (f' - "{step.id}"' if step.id != str(number) else "")
