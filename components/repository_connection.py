"""The connection of Cloud Build to GitHub: a second-generation connection and a repository in it.

Owns the connection, the repository, and the grant that permits Cloud Build to read the token. Does not own the token's secret nor
the installation of the GitHub App: a person creates both before the first `up`, because only a person may have the token.
"""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp


@dataclass(frozen=True, kw_only=True)
class RepositoryConnectionArgs:
    """One repository on GitHub."""

    connection: str
    """The connection's name, unique in project and region."""

    project: str
    """The project of the builds and of the token's secret."""

    region: str
    """The common region of connection, repository and triggers. A connection cannot be moved."""

    installation_id: int
    """Id of the installation of Cloud Build's GitHub App in the organisation that owns the repository."""

    token_secret: str
    """Name of the secret with the token; Cloud Build reads its latest version."""

    repository: str
    """The repository's name in the connection."""

    remote: str
    """The repository's address: https://github.com/<owner>/<name>.git."""

    def __post_init__(self) -> None:
        if not (self.remote.startswith("https://") and self.remote.endswith(".git")):
            raise ValueError(f"remote {self.remote!r} is not supported by Cloud Build: use https://<host>/<owner>/<name>.git")
        if self.installation_id < 1:
            raise ValueError(
                f"installation_id is {self.installation_id}: use the number at the end of the installation's address"
            )


class RepositoryConnection(pulumi.ComponentResource):
    """A connected repository, for triggers.

    Produces `<name>-agent` (gcp.projects.ServiceIdentity), `<name>-token` (gcp.secretmanager.SecretIamMember), `<name>`
    (gcp.cloudbuildv2.Connection) and `<name>-<repository>` (gcp.cloudbuildv2.Repository).
    """

    repository: pulumi.Output[str]
    """`projects/…/locations/…/connections/…/repositories/…`."""

    def __init__(self, name: str, args: RepositoryConnectionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:cloudbuild:RepositoryConnection", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)

        connection = gcp.cloudbuildv2.Connection(
            name,
            name=args.connection,
            project=args.project,
            location=args.region,
            github_config={
                "app_installation_id": args.installation_id,
                "authorizer_credential": {
                    "oauth_token_secret_version": f"projects/{args.project}/secrets/{args.token_secret}/versions/latest"
                },
            },
            opts=child.merge(pulumi.ResourceOptions(depends_on=[_token_access(name, args, child)])),
        )
        repository = gcp.cloudbuildv2.Repository(
            f"{name}-{args.repository}",
            name=args.repository,
            project=args.project,
            location=args.region,
            parent_connection=connection.name,
            remote_uri=args.remote,
            opts=child,
        )

        self.repository = repository.id
        self.register_outputs({"repository": self.repository})


def _token_access(name: str, args: RepositoryConnectionArgs, opts: pulumi.ResourceOptions) -> gcp.secretmanager.SecretIamMember:
    """Permit Cloud Build's service agent to read the token; a `ServiceIdentity` creates the agent before its first use."""
    agent = gcp.projects.ServiceIdentity(f"{name}-agent", project=args.project, service="cloudbuild.googleapis.com", opts=opts)
    return gcp.secretmanager.SecretIamMember(
        f"{name}-token",
        project=args.project,
        secret_id=args.token_secret,
        role="roles/secretmanager.secretAccessor",
        member=agent.member,
        opts=opts,
    )
