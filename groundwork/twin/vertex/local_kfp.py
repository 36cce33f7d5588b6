"""Everything that we know of kfp's local runner, and the two places where we look into it.

kfp.local has no hook per task and prints its events to stdout. So for the time of a run two of its functions are replaced: the
one that runs a task, to know its name, its time and its outputs, and the one that runs a task's process, to know its lines and to
choose its environment. kfp is held below 2.18 by the project; `test_kfp_still_has_the_two_places` says when that moves.
"""

from __future__ import annotations

import hashlib
import io
import logging
import shlex
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Protocol
from unittest.mock import patch

# decision 7: kfp has no hooks for the start and end of a task
HOOKS = ("kfp.local.orchestrator.task_executor.execute_single_task", "kfp.local.subprocess_task_handler.run_local_subprocess")
_SCRIPT = {"-c", "-ec"}
"""Options of `sh` that a script follows."""

_one_at_a_time = threading.Lock()
"""kfp.local keeps its settings in a global."""
_step: ContextVar[str] = ContextVar("step", default="")


class Watch(Protocol):
    """Receives the events of a run; called from kfp's threads, where a pipeline runs tasks in parallel."""

    def begins(self, task: str, loop: str) -> str:
        """Hear of a task, and of the turn of a loop that it is in; return the step's name."""
        ...

    def prints(self, step: str, line: str) -> None:
        """Hear a line of a step's process; of kfp itself where the step is empty."""
        ...

    def ends(self, step: str, *, outputs: Mapping[str, Any] | None, seconds: float, error: str) -> None:
        """Hear how a step ended; `outputs` is None when it failed."""
        ...


def execute(
    pipeline: Callable[..., Any], arguments: Mapping[str, Any], *, root: Path, environment: Mapping[str, str], watch: Watch
) -> None:
    """Run a pipeline to its end in processes of this Python; a failure raises kfp's exception."""
    from kfp import local  # type: ignore[import-untyped]  # noqa: PLC0415  slow to load; kfp has no types

    with (
        _one_at_a_time,
        tempfile.TemporaryDirectory(prefix="groundwork-run-", ignore_cleanup_errors=True) as scratch,
        patch(HOOKS[0], _watched(watch)),
        patch(HOOKS[1], _process(environment, watch)),
        patch("kfp.local.config.LocalExecutionConfig.instance", None),
        patch("builtins.print", print),  # which kfp's parallel tasks indent, and give back in any order
        _own_logging(),
        redirect_stdout(_Lines(watch)),
        warnings.catch_warnings(),
    ):
        warnings.filterwarnings("ignore", message=".*no effect in the current local runner")  # memory limits and the like
        local.init(
            local.SubprocessRunner(use_venv=False),
            pipeline_root=str(root),
            workspace_root=f"{scratch}/workspace",
            raise_on_error=True,
        )
        pipeline(**arguments)


def compiled(pipeline: Callable[..., Any]) -> str:
    """Return `sha256:…` of the compiled pipeline, as `groundwork.checks` computes it; empty for other objects."""
    from kfp import compiler  # noqa: PLC0415  slow to load
    from kfp.dsl.base_component import BaseComponent  # type: ignore[import-untyped]  # noqa: PLC0415  as above

    if not isinstance(pipeline, BaseComponent):
        return ""
    with tempfile.TemporaryDirectory(prefix="groundwork-compiled-") as folder:
        target = Path(folder) / "pipeline.yaml"
        compiler.Compiler().compile(pipeline, str(target))
        return f"sha256:{hashlib.sha256(target.read_bytes()).hexdigest()}"


def task_names(pipeline: Any) -> list[str]:
    """Return the names of a pipeline's tasks, those in conditions and loops too; none where kfp keeps no graph."""
    spec = getattr(pipeline, "pipeline_spec", None)
    return [] if spec is None else list(_tasks(spec.components, spec.root.dag))


def _tasks(components: Any, dag: Any) -> Iterator[str]:
    for name, task in dag.tasks.items():
        component = components[task.component_ref.name]
        if component.WhichOneof("implementation") == "dag":
            yield from _tasks(components, component.dag)
        else:
            yield name


def _watched(watch: Watch) -> Callable[..., Any]:
    from kfp.local.orchestrator import task_executor  # type: ignore[import-untyped]  # noqa: PLC0415  as above
    from kfp.local.status import Status  # type: ignore[import-untyped]  # noqa: PLC0415  as above

    original = task_executor.execute_single_task

    def execute_single_task(*, task_name: str, pipeline_resource_name: str, **others: Any) -> Any:
        step = watch.begins(task_name, pipeline_resource_name)
        token = _step.set(step)
        start = time.perf_counter()
        try:
            outputs, status = original(task_name=task_name, pipeline_resource_name=pipeline_resource_name, **others)
        except Exception as error:
            watch.ends(step, outputs=None, seconds=time.perf_counter() - start, error=str(error))
            raise
        finally:
            _step.reset(token)
        watch.ends(step, outputs=outputs if status is Status.SUCCESS else None, seconds=time.perf_counter() - start, error="")
        return outputs, status

    return execute_single_task


def _process(environment: Mapping[str, str], watch: Watch) -> Callable[..., int]:
    def run_local_subprocess(full_command: list[str], env_vars: Mapping[str, str] | None = None) -> int:
        step = _step.get()
        with subprocess.Popen(
            _quoted(full_command), env={**environment, **(env_vars or {})}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, encoding="utf-8", errors="replace", bufsize=1,
        ) as process:  # fmt: skip
            try:
                for line in process.stdout or ():
                    watch.prints(step, line.rstrip("\n"))
            except BaseException:
                process.kill()
                raise
            code = process.wait()
        if code:
            watch.prints(step, f"the step's process ended with exit code {code}")
        return code

    return run_local_subprocess


def _quoted(command: list[str]) -> list[str]:
    """Return a component's command with the path of this Python as a word of the shell's: kfp puts it into scripts as it is."""
    return [
        part.replace(sys.executable, shlex.quote(sys.executable)) if before in _SCRIPT else part
        for before, part in zip(["", *command], command, strict=False)
    ]


class _Lines(io.TextIOBase):
    """Stands for stdout while kfp prints to it; hands on whole lines."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._rest = threading.local()

    def write(self, text: str) -> int:
        """Take text."""
        *lines, self._rest.text = (getattr(self._rest, "text", "") + text).split("\n")
        for line in lines:
            self._watch.prints("", line)
        return len(text)


@contextmanager
def _own_logging() -> Iterator[None]:
    """Put the root logger back as it was; kfp takes its handlers off, and `logging.info` adds one where there is none."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.addHandler(logging.NullHandler())
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
