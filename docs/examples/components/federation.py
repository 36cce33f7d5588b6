"""Permit GitHub Actions of one branch of one repository to act as an account, without a key."""

from components.federation import Federation, FederationArgs

Federation(
    "federation",
    FederationArgs(
        pool="outside-ci",
        project="northwind-ml-dev",
        repository="northwind/forecasting",
        repository_id=512034518,
        branches=["main"],
        identity="projects/northwind-ml-dev/serviceAccounts/outside-ci@northwind-ml-dev.iam.gserviceaccount.com",
    ),
)
