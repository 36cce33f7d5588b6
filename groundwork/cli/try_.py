"""What a push would do with a notebook, without the push."""

from __future__ import annotations

import os
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from groundwork.adapters import connect as choice
from groundwork.cli.context import command_context
from groundwork.cli.options import Environment
from groundwork.cli.output import say
from groundwork.contract.variables import DEPLOYMENT_VARIABLE, IDENTITY_VARIABLE
from groundwork.errors import GroundworkError
from groundwork.ports.runner import Run
from groundwork.twin.core import shell


def try_notebook(
    notebook: Annotated[Path, typer.Argument(help="A notebook in a folder of `pipelines/`.", show_default=False)],
    deployment: Annotated[str | None, typer.Option(help="Whose data; needed where a pipeline has several deployments.")] = None,
    environment: Environment = "dev",
) -> None:
    """Execute a notebook as a build would, as the deployment's runner; nothing is kept of one that fails.

    What it stores goes into the deployment's scratch dataset (`groundwork query --scratch`), never where it serves from, and is
    retracted by the first try a day later. An environment that protects its data has none: there nothing is tried.
    """
    from groundwork.notebook.execute import execute  # noqa: PLC0415  papermill takes its time to load
    from groundwork.notebook.results import retract_failed, retract_results  # noqa: PLC0415  beside it

    place = command_context()
    notebook = notebook.resolve()
    pipeline, workspace = _pipeline(notebook)
    chosen = place.scratch(environment, place.deployment(environment, deployment, pipeline))
    os.environ.update(
        {
            **shell.variables(place.root),
            IDENTITY_VARIABLE: chosen.runner,
            DEPLOYMENT_VARIABLE: chosen.model_dump_json(),
        }
    )
    name = f"by-hand-{secrets.token_hex(4)}"
    platform = choice.connect()
    retract_results(platform, chosen, _old(platform.runner.runs(), chosen.name))
    retract_failed(platform, chosen)
    execute(notebook, workspace=workspace, deployment=chosen, platform=platform, execution=name, say=say)


def _old(runs: list[Run], deployment: str) -> list[str]:
    """Return the runs of tries that were started more than a day ago."""
    return [run.id for run in runs if run.deployment == deployment and datetime.now(UTC) - run.started > timedelta(days=1)]


def _pipeline(notebook: Path) -> tuple[str, Path]:
    """Return the pipeline that a notebook belongs to, and the checkout that it lies in."""
    workspace = shell.checkout(notebook.parent)
    match notebook.relative_to(workspace).parts:
        case ("pipelines", pipeline, *_, _) if notebook.is_file():
            return pipeline, workspace
    raise GroundworkError(
        "no-notebook", f"{notebook} is no notebook of a pipeline", "name one such as `pipelines/forecasting/notebook.ipynb`"
    )
