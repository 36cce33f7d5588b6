"""Run builds on machines without public addresses, in a subnet of the environment's network."""

from components.build_pool import BuildPool, BuildPoolArgs

BuildPool(
    "builds",
    BuildPoolArgs(
        pool="builds",
        project="northwind-ml-dev",
        region="europe-west2",
        subnet="projects/northwind-ml-dev/regions/europe-west2/subnetworks/private-europe-west2",
    ),
)
