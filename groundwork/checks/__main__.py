"""`python -P -m groundwork.checks`: the step of a candidate's build that checks the pushed pipeline before its notebook runs."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from groundwork.checks.compiling import compile_pipeline
from groundwork.checks.folder import check_folder
from groundwork.checks.testing import run_tests
from groundwork.contract.deployment import Deployment
from groundwork.errors import GroundworkError
from groundwork.notebook.paths import pushed_pipelines


def main(argv: list[str]) -> int:
    """Check the pipeline of the deployment that this process works for; return 0, or 1 and one error."""
    parser = argparse.ArgumentParser(prog="python -P -m groundwork.checks", description=__doc__)
    parser.add_argument("--workspace", type=Path, required=True, help="checkout of the commit")
    parser.add_argument("--deployment", help="the deployment of the candidate, as JSON", required=True)
    parser.add_argument("--build", required=True, help="id of the build that contains this step")
    arguments = parser.parse_args(argv)
    try:
        _check(arguments.workspace.resolve(), Deployment.from_argument(arguments.deployment), arguments.build)
    except GroundworkError as error:
        sys.stdout.flush()
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


def _check(workspace: Path, deployment: Deployment, build: str) -> None:
    from groundwork import connect  # noqa: PLC0415  an invalid folder is refused before the libraries load

    folder = workspace / "pipelines" / deployment.pipeline
    _say(f"{check_folder(workspace, deployment.pipeline)} files of pipelines/{deployment.pipeline} are valid")
    with tempfile.TemporaryDirectory(prefix="groundwork-") as scratch:
        path = pushed_pipelines(workspace, Path(scratch))
        _say(
            run_tests(folder, path=path, scratch=Path(scratch))
        )  # first: a test cannot affect an object that is written after it
        compiled = compile_pipeline(deployment.pipeline, path=path, scratch=Path(scratch))
        kept = f"{deployment.artifacts}/executions/{build}/pipeline.yaml"
        with connect().objects.open(kept, "wb") as file:
            file.write(compiled.text)
        _say(f"compiled: {kept}\nsha256:{compiled.digest}")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
