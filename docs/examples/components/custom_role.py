"""Define a role for writing rows, without permission to create tables."""

from components.custom_role import CustomRole, CustomRoleArgs

CustomRole(
    "row-writer",
    CustomRoleArgs(
        role="rowWriter",
        project="northwind-ml-dev",
        title="Writes rows",
        description="Reads, adds and removes rows of existing tables",
        permissions=["bigquery.tables.get", "bigquery.tables.getData", "bigquery.tables.updateData"],
    ),
)
