"""Create an identity with its roles and grants."""

from components.service_account import ServiceAccount, ServiceAccountArgs

ServiceAccount(
    "forecasting-runner",
    ServiceAccountArgs(
        account_id="forecasting-runner",
        project="northwind-ml-dev",
        display_name="Runs forecasting",
        roles={"queries": "roles/bigquery.jobUser"},
        reads={"raw": "raw"},
        publishes={"notifications": "notifications"},
        pulls={"images": "images"},
        secrets={"weather": "weather-api"},
        region="europe-west2",
        users={"factory": "serviceAccount:factory@northwind-ml-dev.iam.gserviceaccount.com"},
    ),
)
