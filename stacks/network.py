"""The private network of an environment, where its file asks for one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.build_pool import BuildPool, BuildPoolArgs
from components.network import Network as Private
from components.network import NetworkArgs
from components.private_services import PrivateServices, PrivateServicesArgs
from components.services import Services
from components.workbench import Place
from groundwork.environment import names
from groundwork.environment.file import Environment


@dataclass(frozen=True, kw_only=True)
class Network:
    """What later parts take from here; all of it is None where there is no network of ours."""

    place: Place | None = None
    """Where machines of people go."""
    pool: pulumi.Output[str] | None = None
    """What builds run on; None: Google's own machines."""


def of_pool(environment: Environment) -> Mapping[str, str]:
    """Return the role, on the project, of an identity whose builds run on the private pool; nothing where there is none.

    https://cloud.google.com/build/docs/private-pools/run-builds-in-private-pool.
    """
    wanted = environment.network
    return {"pool": "roles/cloudbuild.workerPoolUser"} if wanted and wanted.build_pool else {}


def network(environment: Environment, services: Services, labels: Mapping[str, str]) -> Network:
    """Build it."""
    wanted, project, region = environment.network, environment.project, environment.region
    if wanted is None:
        return Network()
    first = services.before("compute")
    built = Private(
        names.NETWORK,
        NetworkArgs(
            network=names.NETWORK,
            project=project,
            region=region,
            range=wanted.range,
            nat=wanted.nat,
            flow_logs=wanted.flow_logs,
        ),
        first,
    )
    if wanted.private_services:
        PrivateServices(
            names.PRIVATE_SERVICES,
            PrivateServicesArgs(
                range_name=names.PRIVATE_SERVICES,
                project=project,
                network=built.network,
                range=wanted.private_services,
                labels=labels,
            ),
            services.before("compute", "servicenetworking"),
        )
    place = Place(network=built.network, subnet=built.subnet)
    if not (wanted.build_pool and built.outward):
        return Network(place=place)
    pool = BuildPool(
        names.BUILD_POOL,
        BuildPoolArgs(
            pool=names.BUILD_POOL,
            project=project,
            region=region,
            subnet=built.outward,
            machine_type=wanted.build_pool.machine_type,
            disk_gb=wanted.build_pool.disk_gb,
        ),
        services.before("cloudbuild", "compute"),
    )
    return Network(place=place, pool=pool.pool)
