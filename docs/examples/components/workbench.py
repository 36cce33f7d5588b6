"""Ada's notebooks, on a machine without a public address that stops when nobody works on it."""

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
