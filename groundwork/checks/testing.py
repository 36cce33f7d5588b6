"""Runs the pushed pipeline's own tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groundwork.checks.processes import run_python
from groundwork.contract.variables import TESTED_VARIABLE
from groundwork.errors import GroundworkError

if TYPE_CHECKING:
    from pathlib import Path

_SECONDS = 120.0
_NO_TESTS = 5
"""Exit code of pytest without tests."""


def run_tests(folder: Path, *, path: Path, scratch: Path) -> str:
    """Run the tests in a pipeline's `tests/` and return their summary; raises GroundworkError if any fails.

    Files of the checkout outside the folder have no effect: configuration, conftest.py, plugins.
    """
    if not (folder / "tests").is_dir():
        return "the pipeline has no tests"
    configuration = scratch / "pytest.ini"
    configuration.write_text("[pytest]\n", encoding="utf-8")
    # The folder is in a variable, as pytest expands variables in `--rootdir` and would change a path with a dollar sign.
    command = [
        "-m", "pytest", "-q", "--color=no", "--tb=short", "--import-mode=importlib", "-p", "no:cacheprovider",
        "-c", str(configuration), f"--rootdir=${TESTED_VARIABLE}", f"--confcutdir={folder}", str(folder / "tests"),
    ]  # fmt: skip
    environment = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": "", TESTED_VARIABLE: str(folder)}
    done = run_python(command, path=path, scratch=scratch, seconds=_SECONDS, more=environment)
    if done.code is None:
        raise GroundworkError(
            "tests-timeout",
            f"the pipeline's tests did not end in {_SECONDS:.0f} s; the end of their output:\n{done.tail}",
            "remove slow tests; the platform measures the results",
        )
    if done.code not in {0, _NO_TESTS}:
        raise GroundworkError(
            "tests-failed", f"the pipeline's tests fail:\n{done.tail}", f"run them with: pytest pipelines/{folder.name}/tests"
        )
    return f"tests: {done.tail.splitlines()[-1]}" if done.tail else "tests: none found"
