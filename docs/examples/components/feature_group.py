"""Register two columns of a table as features of the entity `id`."""

from components.feature_group import FeatureGroup, FeatureGroupArgs

FeatureGroup(
    "sales",
    FeatureGroupArgs(
        group="sales",
        project="northwind-ml-dev",
        region="europe-west2",
        description="Sales a week",
        labels={"client": "northwind"},
        source="bq://northwind-ml-dev.raw.sales",
        entity=["id"],
        columns=["Weekly_Sales", "holiday"],
    ),
)
