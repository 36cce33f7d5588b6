"""Cloud Build's connections to repositories, second generation: regional, with a token that Cloud Build's agent may read."""

from __future__ import annotations

from groundwork.ports.errors import Denied
from groundwork.twin.core.resource_type import Properties, ResourceType, dig, last
from groundwork.twin.core.store import Refused, Store
from groundwork.twin.github.repositories import REMOTE, repository_path
from groundwork.twin.iam import permissions
from groundwork.twin.projects.resources import agent
from groundwork.twin.secretmanager.resources import find_version

TOKEN = "githubConfig.authorizerCredential.oauthTokenSecretVersion"  # noqa: S105  the name of a property


class Connection(ResourceType):
    """A connection to GitHub."""

    type = "gcp:cloudbuildv2/connection:Connection"
    api = "cloudbuild.googleapis.com"
    required = frozenset({"name", "location", "githubConfig"})
    optional = frozenset({"annotations"})
    immutable = frozenset({"name", "location"})
    defaults = {"disabled": False}

    def id(self, given: Properties) -> str:
        """Return Google's full name of it."""
        return f"projects/{given['project']}/locations/{given['location']}/connections/{given['name']}"

    def check(self, store: Store, given: Properties) -> None:
        """Refuse a token that is not there, or that Cloud Build's own agent may not read."""
        token = dig(given, TOKEN)
        if not token or not find_version(store, token):
            raise Refused(
                f"secret version {token} does not exist", "store the token in Secret Manager before the first `pulumi up`"
            )
        reader = agent(given["project"], self.api)
        try:
            permissions.require(store, reader, "secretmanager.versions.access", token.partition("/versions/")[0])
        except Denied as denied:
            way_out = "create the agent (projects.ServiceIdentity) and grant it roles/secretmanager.secretAccessor first"
            raise Refused(f"Cloud Build cannot read {token}: {denied.message}", way_out) from denied


class Repository(ResourceType):
    """A repository that triggers listen to: on the twin a bare one, `repositories/<owner>/<name>.git` after the remote's path."""

    type = "gcp:cloudbuildv2/repository:Repository"
    api = Connection.api
    required = frozenset({"name", "location", "parentConnection", "remoteUri"})
    optional = frozenset({"annotations"})
    immutable = frozenset({"name", "location", "parentConnection", "remoteUri", "annotations"})
    supported = {"remoteUri": REMOTE}

    def id(self, given: Properties) -> str:
        """Return Google's full name of it."""
        return f"{self._connection(given)}/repositories/{given['name']}"

    def check(self, store: Store, given: Properties) -> None:
        """Refuse a repository without its connection, and one that is not there."""
        connection = store.get(Connection.type, self._connection(given))
        if not connection or not connection.ready:
            way_out = "create it in the same program and location, and take its name from there"
            raise Refused(f"connection {self._connection(given)} does not exist", way_out)
        if not repository_path(store, given["remoteUri"]).is_dir():
            raise Refused(f"repository {given['remoteUri']} does not exist", "make it on the twin, or correct the address")

    def _connection(self, given: Properties) -> str:
        return Connection().id({**given, "name": last(given["parentConnection"])})
