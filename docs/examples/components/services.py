"""Enable two APIs. They stay enabled after `destroy`."""

from components.services import Services, ServicesArgs

Services("apis", ServicesArgs(project="northwind-ml-dev", services=["storage", "bigquery"]))
