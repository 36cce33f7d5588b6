"""`python -P -m groundwork.notebook`: the step of a build that executes the pushed notebook."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path, PurePosixPath

from groundwork.contract.deployment import Deployment
from groundwork.errors import GroundworkError
from groundwork.notebook.which import notebook_in


def main(argv: list[str]) -> int:
    """Execute one notebook of a commit; return 0 for success and 1 for failure."""
    parser = argparse.ArgumentParser(prog="python -P -m groundwork.notebook", description=__doc__)
    parser.add_argument("--workspace", type=Path, required=True, help="checkout of the commit")
    parser.add_argument("--notebook", type=PurePosixPath, required=True, help="path of the notebook in the checkout")
    parser.add_argument("--deployment", help="the deployment of the candidate, as JSON", required=True)
    parser.add_argument("--build", required=True, help="id of the build that contains this step")
    arguments = parser.parse_args(argv)
    try:
        deployment = Deployment.from_argument(arguments.deployment)
        notebook = notebook_in(arguments.workspace, arguments.notebook, deployment.pipeline)
        from groundwork import connect  # noqa: PLC0415  a wrong push is refused before the libraries load
        from groundwork.notebook.execute import execute  # noqa: PLC0415  as above

        execute(
            notebook,
            workspace=arguments.workspace,
            deployment=deployment,
            platform=connect(),
            execution=arguments.build,
            say=_say,
        )
    except GroundworkError as error:
        sys.stdout.flush()
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
