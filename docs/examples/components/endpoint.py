"""Create an endpoint for online predictions. It is empty until a model is deployed to it."""

from components.endpoint import Endpoint, EndpointArgs

Endpoint(
    "forecasting",
    EndpointArgs(
        endpoint="forecasting",
        project="northwind-ml-dev",
        region="europe-west2",
        description="Forecasts",
        labels={"client": "northwind"},
        key="projects/northwind-ml-dev/locations/europe-west2/keyRings/groundwork/cryptoKeys/data",
    ),
)
