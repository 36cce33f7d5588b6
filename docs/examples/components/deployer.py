"""Create the identity of platform CD, with one role, and one role that it may grant."""

from components.deployer import Deployer, DeployerArgs

Deployer(
    "deployer",
    DeployerArgs(
        account_id="deployer",
        project="northwind-ml-dev",
        region="europe-west2",
        roles={"storage": "roles/storage.admin"},
        grantable=["roles/bigquery.jobUser"],
        pulls={"images": "images"},
    ),
)
