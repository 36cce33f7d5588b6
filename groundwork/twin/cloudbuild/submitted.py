"""The process of one submitted build: `python -P -m groundwork.twin.cloudbuild.submitted TWIN`; the request is JSON on stdin.

It has an environment made from nothing, so that nothing of the submitter's reaches the build, and ends the build when its input
closes: a submitter that is gone, kill -9 included, leaves no build behind. Its output is the build's log.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from groundwork.contract.variables import BUILD_STEP_VARIABLE, BUILD_VARIABLE
from groundwork.ports.builds import Submission
from groundwork.twin.cloudbuild.build_request import for_submission
from groundwork.twin.cloudbuild.run import run_build
from groundwork.twin.cloudbuild.step_environment import path as path_of_builds
from groundwork.twin.core.processes import adopt_orphans
from groundwork.twin.core.shell import NO_PLACE
from groundwork.twin.core.store import Store
from groundwork.twin.github.repositories import repository_path

_INPUT = 0
GONE = "whoever submitted it has gone"


@contextmanager
def started(store: Store, submission: Submission, build: str) -> Iterator[Iterator[str]]:
    """Start a build's process and give its log, line by line; on the way out the build is ended if it still runs."""
    marks = {name: os.environ[name] for name in (BUILD_VARIABLE, BUILD_STEP_VARIABLE) if name in os.environ}
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "groundwork.twin.cloudbuild.submitted", str(store.root.resolve())],
        cwd=store.root, env={"PATH": path_of_builds(), "LANG": "C.UTF-8", "HOME": NO_PLACE, **marks},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True, encoding="utf-8", errors="replace",
    ) as process:  # fmt: skip
        if process.stdin is None or process.stdout is None:
            raise AssertionError
        order = {"submission": asdict(submission), "build": build, "parent": os.environ.get(BUILD_VARIABLE, "")}
        try:
            process.stdin.write(json.dumps(order) + "\n")
            process.stdin.flush()
            yield (line.rstrip("\n") for line in process.stdout)
        finally:
            process.stdin.close()
            for _ in process.stdout:  # it may have more to say than a pipe holds
                pass


def main(twin: Path) -> None:
    """Run the build that the input orders."""
    given = json.loads(_line())
    submission = Submission(**given["submission"])
    store = Store(twin)
    adopt_orphans()
    repository = repository_path(store, submission.repository) if submission.commit else None
    order = for_submission(submission, repository, id_=given["build"], parent=given["parent"])
    run_build(store, order, sys.stdout, lambda: GONE if _closed() else "")


def _line() -> bytes:
    """Read no further than the line: what comes behind it is only ever the end."""
    line = b""
    while not line.endswith(b"\n"):
        part = os.read(_INPUT, 65536)
        if not part:
            sys.exit(GONE)
        line += part
    return line


def _closed() -> bool:
    return bool(select.select([_INPUT], [], [], 0)[0])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
