"""Reserve addresses for Google's services."""

from components.private_services import PrivateServices, PrivateServicesArgs

PrivateServices(
    "private-services",
    PrivateServicesArgs(
        range_name="services",
        project="northwind-ml-dev",
        network="projects/northwind-ml-dev/global/networks/private",
        range="10.20.0.0/16",
        labels={"client": "northwind"},
    ),
)
