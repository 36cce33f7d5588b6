"""Grant a role on the project to a group of people."""

from components.principal import Principal, PrincipalArgs

Principal(
    "engineers",
    PrincipalArgs(
        member="group:engineers@northwind.example",
        project="northwind-ml-dev",
        roles={"logs": "roles/logging.viewer"},
    ),
)
