"""A twin without an engine: resources are made as a interface makes them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from groundwork.twin import lifecycle
from groundwork.twin.core.resource_type import Properties, ResourceType
from groundwork.twin.core.store import Refused, Store
from groundwork.twin.registry import RESOURCE_TYPES

PROJECT = "northwind-ml-dev"
REGION = "europe-west2"
RUNNER = f"forecasting-runner@{PROJECT}.iam.gserviceaccount.com"
APIS = (
    *("artifactregistry", "bigquery", "cloudbuild", "compute", "iam", "notebooks", "orgpolicy", "pubsub", "secretmanager"),
    *("servicenetworking", "storage"),
)


@dataclass(frozen=True)
class Cloud:
    """What a program on the twin can do, one resource at a time; types are given by their last part."""

    store: Store
    project: str = PROJECT

    def resource_type(self, name: str) -> ResourceType:
        """Return the rules of the one type whose token ends like this."""
        (token,) = (token for token in RESOURCE_TYPES if token.endswith(f"{name}"))
        return RESOURCE_TYPES[token]

    def given(self, name: str, inputs: Properties) -> Properties:
        return lifecycle.completed(self.resource_type(name), inputs, self.project)

    def faults(self, name: str, /, **inputs: Any) -> list[str]:
        """Return what is refused at preview."""
        return [fault.reason for fault in lifecycle.faults(self.resource_type(name), self.given(name, inputs))]

    def make(self, name: str, /, **inputs: Any) -> str:
        """Make a resource as an `up` would, after the check that a preview would do; return its id."""
        faults = self.faults(name, **inputs)
        assert not faults, faults
        return lifecycle.create(self.store, self.resource_type(name), self.given(name, inputs))

    def refused(self, name: str, /, **inputs: Any) -> str:
        """Return why a resource is not made."""
        with pytest.raises(Refused) as refused:
            self.make(name, **inputs)
        return str(refused.value)

    def update(self, name: str, id_: str, /, **inputs: Any) -> None:
        lifecycle.update(self.store, self.resource_type(name), id_, self.given(name, inputs))

    def read(self, name: str, id_: str) -> Properties | None:
        return lifecycle.read(self.store, self.resource_type(name), id_)

    def delete(self, name: str, id_: str) -> None:
        lifecycle.delete(self.store, self.resource_type(name), id_)

    def enable(self, *apis: str) -> None:
        for api in apis:
            self.make("service:Service", service=f"{api}.googleapis.com")

    def account(self, name: str = "forecasting-runner") -> str:
        """Make a service account; return how grants name it."""
        self.make("account:Account", accountId=name)
        return f"serviceAccount:{name}@{self.project}.iam.gserviceaccount.com"

    def repository(self) -> str:
        """Make everything that a trigger's repository needs, and it; return its id."""
        (self.store.root / "repositories/northwind/forecasting.git").mkdir(parents=True)
        secret = self.make("secret:Secret", secretId="github-token", replication={"auto": {}})
        self.make("secretVersion:SecretVersion", secret=secret, secretData="a token")
        self.make("serviceIdentity:ServiceIdentity", service="cloudbuild.googleapis.com")
        self.make(
            "secretIamMember:SecretIamMember", secretId="github-token", role=ACCESSOR, member=f"serviceAccount:{self.agent()}"
        )
        self.make("cloudbuildv2/connection:Connection", name="github", location=REGION, githubConfig=github())
        return self.make("cloudbuildv2/repository:Repository", **REPOSITORY)

    def agent(self) -> str:
        """Return the e-mail of Cloud Build's agent."""
        identity = self.resource_type("serviceIdentity:ServiceIdentity")
        return str(identity.outputs({"project": self.project, "service": "cloudbuild.googleapis.com"})["email"])


ACCESSOR = "roles/secretmanager.secretAccessor"
REPOSITORY = {
    "name": "forecasting",
    "location": REGION,
    "parentConnection": "github",
    "remoteUri": "https://github.com/northwind/forecasting.git",
}


def github(version: str = "latest") -> Properties:
    token = f"projects/{PROJECT}/secrets/github-token/versions/{version}"
    return {"appInstallationId": 1, "authorizerCredential": {"oauthTokenSecretVersion": token}}


@pytest.fixture
def bare(tmp_path: Path) -> Cloud:
    """Return a project in which nothing is enabled."""
    return Cloud(Store(tmp_path / "twin"))


@pytest.fixture
def cloud(bare: Cloud) -> Cloud:
    """Return a project in which every service is enabled."""
    bare.enable(*APIS)
    return bare


@pytest.fixture
def connection() -> dict[str, Any]:
    """Return the inputs of a connection whose token is the newest version of its secret."""
    return {"name": "github", "location": REGION, "githubConfig": github()}


@pytest.fixture
def repository() -> dict[str, Any]:
    """Return the inputs of the connected repository."""
    return dict(REPOSITORY)


@pytest.fixture
def trigger() -> dict[str, Any]:
    """Return the inputs of a trigger that is right; its account and repository are to be made."""
    repository = f"projects/{PROJECT}/locations/{REGION}/connections/github/repositories/forecasting"
    return {
        "name": "forecasting-push",
        "location": REGION,
        "serviceAccount": f"projects/{PROJECT}/serviceAccounts/{RUNNER}",
        "repositoryEventConfig": {"repository": repository, "push": {"branch": "^feature/.*$"}},
        "substitutions": {"_TARGET": "main"},
        "build": {
            "steps": [{"id": "execute", "name": "image", "entrypoint": "python", "args": ["-V"]}],
            "timeout": "600s",
            "options": {"logging": "CLOUD_LOGGING_ONLY"},
        },
    }
