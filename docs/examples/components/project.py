"""A project that the program makes; without `creation` it would adopt one."""

from components.project import Creation, Project, ProjectArgs

Project(
    "project",
    ProjectArgs(
        project="northwind-ml-dev",
        labels={"client": "northwind"},
        creation=Creation(parent="folders/123", billing_account="0A1B2C-3D4E5F-6A7B8C"),
    ),
)
