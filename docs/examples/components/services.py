"""Two APIs that stay on."""

from components.services import Services, ServicesArgs

Services("apis", ServicesArgs(project="northwind-ml-dev", services=["storage", "bigquery"]))
