"""What a command works on: the twin nearest to where it was called, and the environment files of the checkout."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from groundwork.adapters.connect import connect
from groundwork.cli.output import say
from groundwork.errors import GroundworkError
from groundwork.twin.core import shell
from groundwork.twin.core import twin_lock as use

if TYPE_CHECKING:
    from groundwork.contract.deployment import Deployment
    from groundwork.engine.stack import Stack
    from groundwork.ports.platform import Platform
    from groundwork.twin.core.twin_lock import Held


@dataclass(frozen=True)
class Here:
    """The twin in a folder, and the checkout that its stacks are made from."""

    root: Path
    checkout: Path
    use: Held
    """Keeps a reset from taking the twin away meanwhile."""

    @cached_property
    def platform(self) -> Platform:
        """The twin, seen by the person at the keyboard."""
        return connect(f"twin:{self.root}")

    def stack(self, name: str) -> Stack:
        """Return an environment's stack on the twin."""
        from groundwork.engine.stack import Stack  # noqa: PLC0415  the Automation API takes its time to load

        return Stack(name, self.checkout, shell.environment(self.root), self.root)

    def deployment(self, environment: str, name: str | None = None, pipeline: str | None = None) -> Deployment:
        """Return one deployment of an environment, by its name or by the pipeline it is of; raises GroundworkError."""
        from groundwork.contract.deployment import Deployment  # noqa: PLC0415  as above

        outputs = self.stack(environment).outputs().get("deployments") or {}
        found = [Deployment.model_validate(each) for each in outputs.values()]
        fitting = [each for each in found if name in (None, each.name) and pipeline in (None, each.pipeline)]
        if len(fitting) == 1:
            return fitting[0]
        if not found:
            raise GroundworkError(
                "no-deployment",
                f"the environment `{environment}` has no deployment on the twin",
                f"run `pulumi up --stack {environment}` first",
            )
        known = ", ".join(sorted(each.name for each in found))
        wanted = name or f"of the pipeline `{pipeline}`" if name or pipeline else "without a name"
        raise GroundworkError(
            "which-deployment", f"{len(fitting)} deployments fit {wanted}", f"choose one with --deployment: {known}"
        )

    def scratch(self, environment: str, deployment: Deployment) -> Deployment:
        """Return a deployment as it is tried by hand: what it stores goes where nothing reads it; raises GroundworkError."""
        dataset = (self.stack(environment).outputs().get("scratch") or {}).get(deployment.name)
        if dataset is None:
            raise GroundworkError(
                "no-scratch",
                f"nothing is tried in `{environment}`: it protects its data, which releases and the schedule alone write",
                "try it in an environment that does not (`protect_data: false`), such as `dev`; a push has it evaluated",
            )
        return deployment.model_copy(
            update={"name": f"{deployment.name}-scratch", "dataset": dataset, "artifacts": f"{deployment.artifacts}/scratch"}
        )


def command_context() -> Here:
    """Return the twin that is there; raises GroundworkError when there is none. Says that it is the twin."""
    root = shell.folder()
    _require_twin(root)
    held = use.share(root)
    _require_twin(root)  # a reset that was waited for has taken it away
    say(f"on the twin in {root}")
    return Here(root, shell.checkout(), held)


def _require_twin(root: Path) -> None:
    if not (root / "twin.sqlite").is_file():
        raise GroundworkError(
            "no-twin", f"there is no twin in {root}", 'run `make demo`, or `eval "$(.venv/bin/groundwork twin env)"`'
        )
