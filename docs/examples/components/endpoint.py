"""An endpoint, empty until a model is deployed to it."""

from components.endpoint import Endpoint, EndpointArgs

Endpoint(
    "forecasting",
    EndpointArgs(
        endpoint="forecasting",
        project="northwind-ml-dev",
        region="europe-west2",
        description="Answers with forecasts",
        labels={"client": "northwind"},
        key="projects/northwind-ml-dev/locations/europe-west2/keyRings/groundwork/cryptoKeys/data",
    ),
)
