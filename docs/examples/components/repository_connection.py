"""Connect a GitHub repository to Cloud Build. A person has created the secret with the token."""

from components.repository_connection import RepositoryConnection, RepositoryConnectionArgs

RepositoryConnection(
    "github",
    RepositoryConnectionArgs(
        connection="github",
        project="northwind-ml-dev",
        region="europe-west2",
        installation_id=48291734,
        token_secret="github-token",
        repository="forecasting",
        remote="https://github.com/northwind/forecasting.git",
    ),
)
