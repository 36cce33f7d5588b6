"""The role of whoever stores results: it reads and writes rows of the tables that are there, and makes no table or view."""

from __future__ import annotations

import pulumi

from components.custom_role import CustomRole, CustomRoleArgs
from components.services import Services
from groundwork.environment import names
from groundwork.environment.file import Environment

# decision 24: no permission to create, change or drop a table or view
PERMISSIONS = (
    "bigquery.datasets.get",
    "bigquery.tables.get",
    "bigquery.tables.getData",
    "bigquery.tables.list",
    "bigquery.tables.updateData",
)
"""Google's narrowest role that writes rows, `bigquery.dataEditor`, also drops a table and puts a view in its place."""


def row_writer(environment: Environment, services: Services) -> pulumi.Output[str]:
    """Build it; return its full name, which is `names.row_writer` once it is there."""
    args = CustomRoleArgs(
        role=names.ROW_WRITER,
        project=environment.project,
        title="Writes rows",
        description="Reads, adds and removes rows of tables that are there; makes, changes and drops no table or view",
        permissions=PERMISSIONS,
    )
    return CustomRole("row-writer", args, services.before("iam")).role
