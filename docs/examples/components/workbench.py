"""Create an instance for Ada's notebooks. It has no public address and stops when no kernel is running."""

from components.workbench import Workbench, WorkbenchArgs

Workbench(
    "ada-workbench",
    WorkbenchArgs(
        workbench="ada-workbench",
        project="northwind-ml-dev",
        zone="europe-west2-b",
        owner="ada@northwind.example",
        labels={"client": "northwind"},
        reads={"raw": "raw"},
    ),
)
