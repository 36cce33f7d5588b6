"""The private network of an environment, if its file has the section `network`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.build_pool import BuildPool, BuildPoolArgs
from components.network import Network as Private
from components.network import NetworkArgs
from components.private_services import PrivateServices, PrivateServicesArgs
from components.services import Services
from components.workbench import NetworkInterface
from groundwork.environment import names
from groundwork.environment.file import Environment


@dataclass(frozen=True, kw_only=True)
class Network:
    """Outputs for other parts of the program; all None without the section `network`."""

    interface: NetworkInterface | None = None
    """Network and subnet of Workbench instances."""
    pool: pulumi.Output[str] | None = None
    """The private pool of builds; None: Google's own machines."""


def of_pool(environment: Environment) -> Mapping[str, str]:
    """Return the role on the project for an identity with builds on the private pool; empty without a pool.

    https://cloud.google.com/build/docs/private-pools/run-builds-in-private-pool.
    """
    section = environment.network
    return {"pool": "roles/cloudbuild.workerPoolUser"} if section and section.build_pool else {}


def network(environment: Environment, services: Services, labels: Mapping[str, str]) -> Network:
    """Build the network and its parts."""
    section, project, region = environment.network, environment.project, environment.region
    if section is None:
        return Network()
    first = services.before("compute")
    built = Private(
        names.NETWORK,
        NetworkArgs(
            network=names.NETWORK,
            project=project,
            region=region,
            range=section.range,
            nat=section.nat,
            flow_logs=section.flow_logs,
        ),
        first,
    )
    if section.private_services:
        PrivateServices(
            names.PRIVATE_SERVICES,
            PrivateServicesArgs(
                range_name=names.PRIVATE_SERVICES,
                project=project,
                network=built.network,
                range=section.private_services,
                labels=labels,
            ),
            services.before("compute", "servicenetworking"),
        )
    interface = NetworkInterface(network=built.network, subnet=built.subnet)
    if not (section.build_pool and built.outward):
        return Network(interface=interface)
    pool = BuildPool(
        names.BUILD_POOL,
        BuildPoolArgs(
            pool=names.BUILD_POOL,
            project=project,
            region=region,
            subnet=built.outward,
            machine_type=section.build_pool.machine_type,
            disk_gb=section.build_pool.disk_gb,
        ),
        services.before("cloudbuild", "compute"),
    )
    return Network(interface=interface, pool=pool.pool)
