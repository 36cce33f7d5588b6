"""Create a dataset with one table. One account writes its rows, another account reads them."""

from components.custom_role import CustomRole, CustomRoleArgs
from components.dataset import Dataset, DatasetArgs
from groundwork.google.table_schema import TableSchema

row_writer = CustomRole(
    "row-writer",
    CustomRoleArgs(
        role="rowWriter",
        project="northwind-ml-dev",
        title="Writes rows",
        description="Reads, adds and removes rows of existing tables",
        permissions=["bigquery.tables.get", "bigquery.tables.getData", "bigquery.tables.updateData"],
    ),
)

Dataset(
    "raw",
    DatasetArgs(
        dataset="raw",
        description="The client's raw tables",
        project="northwind-ml-dev",
        location="europe-west2",
        labels={"client": "northwind"},
        tables={
            "sales": TableSchema(
                columns=({"name": "id", "type": "STRING"}, {"name": "batch", "type": "STRING", "mode": "REQUIRED"}),
                key=("id",),
            )
        },
        readers={"factory": "serviceAccount:factory@northwind-ml-dev.iam.gserviceaccount.com"},
        writers={"runner": "serviceAccount:forecasting-runner@northwind-ml-dev.iam.gserviceaccount.com"},
        writer_role=row_writer.role,
    ),
)
