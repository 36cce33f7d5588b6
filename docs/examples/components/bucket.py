"""Store raw files: one account writes them, one reads them, one may only add files. They are deleted after 30 days."""

from components.bucket import Bucket, BucketArgs

Bucket(
    "raw",
    BucketArgs(
        bucket="northwind-ml-dev-raw",
        project="northwind-ml-dev",
        location="europe-west2",
        labels={"client": "northwind"},
        retention_days=30,
        readers={"factory": "serviceAccount:factory@northwind-ml-dev.iam.gserviceaccount.com"},
        writers={"runner": "serviceAccount:forecasting-runner@northwind-ml-dev.iam.gserviceaccount.com"},
        creators={"builds": "serviceAccount:scores-runner@northwind-ml-dev.iam.gserviceaccount.com"},
    ),
)
