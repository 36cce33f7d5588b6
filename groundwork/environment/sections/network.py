"""The section `network`: the private network of an environment."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from components.network import private
from groundwork.environment import validators
from groundwork.environment.sections.base import Section
from groundwork.environment.validation_messages import shown


def _addresses(value: str) -> str:
    """Check a range of addresses, with a short message: the library's message quotes the whole value, however long."""
    try:
        private(value)
    except ValueError:
        raise ValueError(f"{shown(value)} is not valid: private addresses from /8 to /29, like 10.10.0.0/20") from None
    return value


def _many_addresses(value: str) -> str:
    if private(_addresses(value)).prefixlen > 24:  # noqa: PLR2004  Google's limit
        raise ValueError(f"{shown(value)} is too small for Google's services: use a /24 or larger")
    return value


class BuildPool(Section):
    """A private pool of machines for builds."""

    machine_type: Annotated[str, AfterValidator(validators.machine_type)] = "e2-medium"
    """The machine type of Compute Engine."""

    disk_gb: Annotated[int, Field(ge=100, le=1000)] = 100
    """The disk size of each machine, in GB."""


class Network(Section):
    """A network without public addresses, for Workbench instances and, with `build_pool`, for builds."""

    range: Annotated[str, AfterValidator(_addresses)]
    """The address range, like 10.10.0.0/20. It can be extended later, never reduced."""

    private_services: Annotated[str, AfterValidator(_many_addresses)] | None = None
    """The address range for Vertex AI's own machines, like 10.20.0.0/16, then reached privately. Omit for no peering."""

    nat: bool = False
    """Allow machines in the network to reach the Internet. They reach Google's APIs without it."""

    flow_logs: bool = True
    """Log a sample of the connections. Google charges for these logs."""

    build_pool: BuildPool | None = None
    """Run builds on machines without public addresses. Requires `nat`: builds fetch pushed commits from the Git provider."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.build_pool and not self.nat:
            raise ValueError("build_pool needs `nat: true`: a build fetches the pushed commit from the Git provider")
        if self.private_services and private(self.private_services).overlaps(private(self.range)):
            raise ValueError(f"private_services, {self.private_services}, overlaps with range, {self.range}")
        return self
