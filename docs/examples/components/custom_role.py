"""A role by which rows are written, and no table is made."""

from components.custom_role import CustomRole, CustomRoleArgs

CustomRole(
    "row-writer",
    CustomRoleArgs(
        role="rowWriter",
        project="northwind-ml-dev",
        title="Writes rows",
        description="Reads, adds and removes rows of tables that are there",
        permissions=["bigquery.tables.get", "bigquery.tables.getData", "bigquery.tables.updateData"],
    ),
)
