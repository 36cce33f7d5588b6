"""What a command works on: the platform that `adapters/connect.py` chooses, and the environment files of the checkout."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from groundwork.adapters import connect
from groundwork.cli.output import say
from groundwork.contract.deployment import Deployment
from groundwork.contract.factory_settings import Settings
from groundwork.errors import GroundworkError
from groundwork.project import checkout

if TYPE_CHECKING:
    from groundwork.engine.session import Session
    from groundwork.engine.stack import Stack
    from groundwork.ports.platform import Platform


@dataclass(frozen=True)
class CommandContext:
    """A platform, and the checkout from which its stacks are created."""

    session: Session
    checkout: Path

    @property
    def platform(self) -> Platform:
        """The platform, as the person at the keyboard sees it."""
        return self.session.platform

    def stack(self, environment: str) -> Stack:
        """Return an environment's stack."""
        return self.session.stack(environment, self.checkout)

    def deployment(self, environment: str, name: str | None = None, pipeline: str | None = None) -> Deployment:
        """Return one deployment of an environment, chosen by its name or by its pipeline; raises GroundworkError."""
        outputs = self.stack(environment).outputs().get("deployments") or {}
        deployments = [Deployment.model_validate(output) for output in outputs.values()]
        if not deployments:
            raise not_deployed("deployment-not-found", environment, "a deployment")
        matches = [each for each in deployments if name in {None, each.name} and pipeline in {None, each.pipeline}]
        if len(matches) == 1:
            return matches[0]
        raise ambiguous_deployment(
            matches, [each.name for each in deployments], name or (f"pipeline {pipeline}" if pipeline else "")
        )

    def scratch(self, environment: str, deployment: Deployment) -> Deployment:
        """Return a deployment that stores into its scratch dataset, which nothing serves from; raises GroundworkError."""
        dataset = (self.stack(environment).outputs().get("scratch") or {}).get(deployment.name)
        if dataset is None:
            raise GroundworkError(
                "scratch-dataset-not-found",
                f"the environment `{environment}` has no scratch dataset, because it protects its data",
                "use an environment with `protect_data: false`, such as `dev`, or push the change to have it evaluated",
            )
        return deployment.model_copy(
            update={"name": f"{deployment.name}-scratch", "dataset": dataset, "artifacts": f"{deployment.artifacts}/scratch"}
        )

    def factories(self, environment: str) -> list[Settings]:
        """Return the factory's settings of every deployment of an environment; raises GroundworkError before its first `up`."""
        outputs = self.stack(environment).outputs().get("factory") or {}
        if not outputs:
            raise not_deployed("factory-not-found", environment, "a factory")
        return [Settings.model_validate(output) for output in outputs.values()]

    def ledgers(self, environment: str) -> list[str]:
        """Return where the promotions of an environment are recorded."""
        return sorted({settings.ledger for settings in self.factories(environment)})


def command_context() -> CommandContext:
    """Return the platform and the checkout, and print the platform's location; raises GroundworkError without a platform."""
    session = connect.session()
    session.open()
    say(f"on {session.location}")
    return CommandContext(session, checkout())


def not_deployed(code: str, environment: str, missing: str) -> GroundworkError:
    """Return the error for an environment that lacks an output of its first `pulumi up`."""
    return GroundworkError(
        code, f"the environment `{environment}` does not have {missing} yet", f"run `pulumi up --stack {environment}`"
    )


def ambiguous_deployment(matches: list[Deployment], names: list[str], choice: str) -> GroundworkError:
    """Return the error for a choice that fits none or several of the deployments."""
    return GroundworkError(
        "deployment-ambiguous",
        f"{len(matches)} deployments match{f' `{choice}`' if choice else ''}",
        f"choose one with --deployment: {', '.join(sorted(names))}",
    )
