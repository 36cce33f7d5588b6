"""The role for storing results: it reads and writes rows of existing tables, and cannot create tables or views."""

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
"""Google's narrowest role that writes rows, `bigquery.dataEditor`, also permits replacing a table with a view."""


def row_writer(environment: Environment, services: Services) -> pulumi.Output[str]:
    """Build the role; return its full name, which equals `names.row_writer` and is known after the role exists."""
    args = CustomRoleArgs(
        role=names.ROW_WRITER,
        project=environment.project,
        title="Writes rows",
        description="Reads, adds and removes rows of existing tables; cannot create, change or drop tables or views",
        permissions=PERMISSIONS,
    )
    return CustomRole("row-writer", args, services.before("iam")).role
