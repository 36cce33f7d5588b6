"""The deployment in which a pipeline runs: names of its resources, and settings of the environment file."""

from __future__ import annotations

import os

from pydantic import BaseModel, ConfigDict, ValidationError

from groundwork.contract.variables import DEPLOYMENT_VARIABLE
from groundwork.errors import GroundworkError


class Deployment(BaseModel):
    """The settings and resource names of one deployment: an output of the environment's stack, so that each is written once."""

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
    """The e-mail addresses that are notified of runs, failures and review decisions."""
    holdout_weeks: int
    """The number of newest weeks of raw data that are used only to measure results; 0: nothing is held out."""

    @classmethod
    def from_argument(cls, text: str) -> Deployment:
        """Return the deployment in a build's argument, and set the variable for the processes that the build starts.

        It comes as an argument: Cloud Build takes 10,000 characters in one, and fewer in a variable.
        """
        os.environ[DEPLOYMENT_VARIABLE] = text
        return cls.current()

    @classmethod
    def current(cls) -> Deployment:
        """Return the deployment of this process; raises GroundworkError when the variable is not set or not valid."""
        text = os.environ.get(DEPLOYMENT_VARIABLE)
        if not text:
            raise GroundworkError(
                "deployment-missing",
                f"no deployment is selected: {DEPLOYMENT_VARIABLE} is not set",
                "run the notebook with `groundwork try`, or set it to an entry of the stack's output `deployments`, as JSON",
            )
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise GroundworkError(
                "deployment-invalid",
                f"{DEPLOYMENT_VARIABLE} is not valid: {error}",
                "copy it from the stack's outputs, unchanged",
            ) from error
