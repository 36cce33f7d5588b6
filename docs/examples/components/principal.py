"""A group of people, and what it may do in the whole project."""

from components.principal import Principal, PrincipalArgs

Principal(
    "engineers",
    PrincipalArgs(
        member="group:engineers@northwind.example",
        project="northwind-ml-dev",
        roles={"logs": "roles/logging.viewer"},
    ),
)
