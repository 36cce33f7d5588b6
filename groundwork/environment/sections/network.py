"""The private network of an environment."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from components.network import private
from groundwork.environment import validators
from groundwork.environment.sections.base import Section
from groundwork.environment.validation_messages import shown


def _addresses(value: str) -> str:
    """Check in our own words: the library's quote all of what was written, however long."""
    try:
        private(value)
    except ValueError:
        raise ValueError(f"{shown(value)} is not valid: private addresses from /8 to /29, like 10.10.0.0/20") from None
    return value


def _many_addresses(value: str) -> str:
    if private(_addresses(value)).prefixlen > 24:  # noqa: PLR2004  Google's bound
        raise ValueError(f"{shown(value)} is too small for Google's services: at the least /24")
    return value


class BuildPool(Section):
    """Machines of our own for builds."""

    machine_type: Annotated[str, AfterValidator(validators.machine_type)] = "e2-medium"
    """Of Compute Engine."""

    disk_gb: Annotated[int, Field(ge=100, le=1000)] = 100
    """Of each machine."""


class Network(Section):
    """A network without public addresses: Workbench instances are in it, and builds where there is a `build_pool`."""

    range: Annotated[str, AfterValidator(_addresses)]
    """Its addresses, like 10.10.0.0/20. They can be widened later, never narrowed."""

    private_services: Annotated[str, AfterValidator(_many_addresses)] | None = None
    """Addresses for Vertex's own machines, like 10.20.0.0/16: they are then reached privately. Leave it out: no peering."""

    nat: bool = False
    """Let machines in it reach the internet. Google's APIs they reach without."""

    flow_logs: bool = True
    """Log a sample of who spoke with whom. Such logs are paid for."""

    build_pool: BuildPool | None = None
    """Run builds on machines without public addresses; needs `nat`, as builds fetch what was pushed from the Git provider."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.build_pool and not self.nat:
            raise ValueError("build_pool needs `nat: true`: a build fetches the pushed commit from the Git provider")
        if self.private_services and private(self.private_services).overlaps(private(self.range)):
            raise ValueError(f"private_services, {self.private_services}, overlaps with range, {self.range}")
        return self
