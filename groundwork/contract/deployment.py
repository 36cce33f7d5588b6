"""What a pipeline is told of the deployment that it runs in: names, and what the environment file decides."""

from __future__ import annotations

import os

from pydantic import BaseModel, ConfigDict, ValidationError

from groundwork.contract.variables import DEPLOYMENT_VARIABLE
from groundwork.errors import GroundworkError


class Deployment(BaseModel):
    """One deployment's surroundings; an output of the environment's stack, so that names are written down once."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    pipeline: str
    """The folder below `pipelines/`."""
    project: str
    region: str
    dataset: str
    """`project.dataset` that belongs to this deployment; its tables are declared in the pipeline's `tables/`."""
    raw: str
    """`project.dataset` of the client's raw tables; read only."""
    artifacts: str
    """`gs://…` of the bucket that belongs to this deployment, without a slash at the end."""
    runner: str
    """E-mail of the service account that runs it."""
    topic: str
    """Full name of the notifications topic, `projects/…/topics/…`."""
    owners: tuple[str, ...]
    """Who hears of runs, failures and review decisions."""
    holdout_weeks: int
    """How many of the newest weeks of raw data no run may use but to measure its results; 0: nothing is held out."""

    @classmethod
    def told(cls, text: str) -> Deployment:
        """Return the deployment that a build is told to work for, and have whatever it starts find it by `current`.

        It comes as an argument: Cloud Build takes 10,000 characters in one, and fewer in a variable.
        """
        os.environ[DEPLOYMENT_VARIABLE] = text
        return cls.current()

    @classmethod
    def current(cls) -> Deployment:
        """Return the deployment that this process works for; raises GroundworkError when the environment names none."""
        text = os.environ.get(DEPLOYMENT_VARIABLE)
        if not text:
            raise GroundworkError(
                "no-deployment",
                f"no deployment is chosen: {DEPLOYMENT_VARIABLE} is not set",
                "run the notebook with `groundwork try`, or set it to one of the stack's output `deployments`, as JSON",
            )
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise GroundworkError(
                "deployment-not-understood",
                f"{DEPLOYMENT_VARIABLE} is not a deployment: {error}",
                "take it from the stack's outputs, unchanged",
            ) from error
