"""Create a project. Without `creation`, the component adopts an existing project."""

from components.project import Creation, Project, ProjectArgs

Project(
    "project",
    ProjectArgs(
        project="northwind-ml-dev",
        labels={"client": "northwind"},
        creation=Creation(parent="folders/123", billing_account="0A1B2C-3D4E5F-6A7B8C"),
    ),
)
