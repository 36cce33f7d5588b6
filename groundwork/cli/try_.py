"""A local run of a notebook."""

from __future__ import annotations

import os
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from groundwork.adapters.connect import connect
from groundwork.cli.context import command_context
from groundwork.cli.options import Deployment, Environment
from groundwork.cli.output import say
from groundwork.contract.variables import DEPLOYMENT_VARIABLE, IDENTITY_VARIABLE
from groundwork.errors import GroundworkError
from groundwork.notebook.execute import execute
from groundwork.notebook.results import retract_failed, retract_results
from groundwork.ports.runner import Run
from groundwork.project import checkout


def try_notebook(
    notebook: Annotated[Path, typer.Argument(help="A notebook in a folder of `pipelines/`.", show_default=False)],
    deployment: Deployment = None,
    environment: Environment = "dev",
) -> None:
    """Run a notebook locally, the way the build does: with the deployment's service account.

    Stores results in the deployment's scratch dataset, which `groundwork query --scratch` reads and nothing serves from. Results
    of a failed run are removed; other results are retracted by the first run a day later. Environments that protect their data
    have no scratch dataset.
    """
    context = command_context()
    notebook = notebook.resolve()
    pipeline, workspace = _pipeline(notebook)
    chosen = context.scratch(environment, context.deployment(environment, deployment, pipeline))
    os.environ.update(
        {
            **context.session.variables(),
            IDENTITY_VARIABLE: chosen.runner,
            DEPLOYMENT_VARIABLE: chosen.model_dump_json(),
        }
    )
    platform = connect()
    retract_results(platform, chosen, _old(platform.runner.runs(), chosen.name))
    retract_failed(platform, chosen)
    execution = f"by-hand-{secrets.token_hex(4)}"
    execute(notebook, workspace=workspace, deployment=chosen, platform=platform, execution=execution, say=say)


def _old(runs: list[Run], deployment: str) -> list[str]:
    """Return the local runs that were started more than a day ago."""
    return [run.id for run in runs if run.deployment == deployment and datetime.now(UTC) - run.started > timedelta(days=1)]


def _pipeline(notebook: Path) -> tuple[str, Path]:
    """Return the pipeline that a notebook belongs to, and the checkout that contains it."""
    workspace = checkout(notebook.parent)
    match notebook.relative_to(workspace).parts:
        case ("pipelines", pipeline, *_, _) if notebook.is_file():
            return pipeline, workspace
    raise GroundworkError(
        "notebook-not-found",
        f"{notebook} is not a notebook of a pipeline",
        "choose a notebook such as `pipelines/<name>/notebook.ipynb`",
    )
