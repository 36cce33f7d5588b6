"""The contract suite's worlds: a cloud with a project, a dataset, a bucket and identities, on every adapter that there is.

An adapter joins by a class with the members of `World` and its name in `WORLDS`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import pytest

from groundwork import connect
from groundwork.ports.builds import Build
from groundwork.ports.git_provider import ReviewDecision
from groundwork.ports.platform import Platform
from groundwork.twin.cloudbuild.history import create_build, log_path
from groundwork.twin.core.store import Store
from groundwork.twin.github.pull_requests import PullRequestTable
from groundwork.twin.github.repositories import repository_path
from groundwork.twin.interfaces.git import install
from groundwork.twin.secretmanager.resources import Secret, SecretVersion

PROJECT = "northwind-ml-dev"
REGION = "europe-west2"
REMOTE = "https://github.com/northwind/forecasting.git"


class World(Protocol):
    """What a contract needs of a cloud beside its ports: what Pulumi or a trigger would have made there."""

    project: str
    connection: str
    """What `connect()` takes, in another process too."""

    def platform(self, identity: str | None = None) -> Platform:
        """Return the ports, as an identity; None may do everything."""
        ...

    def make_account(self, name: str, roles: Mapping[str, str] | None = None) -> str:
        """Make a service account; return its e-mail.

        `roles` are on `projects/P`, `projects/P/datasets/D`, `projects/P/secrets/S` or `buckets/B`.
        """
        ...

    def make_table(self, table: str, columns: Mapping[str, str], *, key: Sequence[str] = ()) -> str:
        """Make a table and its dataset; `columns` are types by name, with `!` where required. Return the full name."""
        ...

    def make_bucket(self, name: str) -> str:
        """Make a bucket; return its name."""
        ...

    def make_build(self, build: Build, log: str) -> None:
        """Have a build happen."""
        ...

    def make_secret(self, name: str, *payloads: str) -> str:
        """Make a secret with a version of each payload; return its full name."""
        ...

    def make_repository(self, seed: Path) -> tuple[str, str]:
        """Make a repository whose `main` is the HEAD of another one.

        Return the remote that `Platform.git_provider` takes, and the URL that `git` fetches from and pushes to.
        """
        ...

    def record_decision(self, remote: str, number: int, decision: ReviewDecision) -> None:
        """Record a review decision on the Git provider that the port would refuse."""
        ...


class TwinWorld:
    """A twin in a folder, with records as its services write them."""

    project = PROJECT

    def __init__(self, root: Path) -> None:
        self.store = Store(root)
        self.connection = f"twin:{root}"

    def platform(self, identity: str | None = None) -> Platform:
        return connect(self.connection, identity=identity)

    def make_account(self, name: str, roles: Mapping[str, str] | None = None) -> str:
        email = f"{name}@{PROJECT}.iam.gserviceaccount.com"
        account = {"accountId": name, "project": PROJECT, "disabled": False}
        self.store.put("gcp:serviceaccount/account:Account", f"projects/{PROJECT}/serviceAccounts/{email}", account, ready=True)
        for role, on in (roles or {}).items():
            self._grant(role, on, f"serviceAccount:{email}")
        return email

    def make_table(self, table: str, columns: Mapping[str, str], *, key: Sequence[str] = ()) -> str:
        dataset, short = table.split(".")
        place = f"projects/{PROJECT}/datasets/{dataset}"
        self.store.put("gcp:bigquery/dataset:Dataset", place, {"project": PROJECT, "datasetId": dataset}, ready=True)
        schema = [
            {"name": name, "type": kind.rstrip("!"), "mode": "REQUIRED" if kind.endswith("!") else "NULLABLE"}
            for name, kind in {**columns, "batch": "STRING!"}.items()
        ]
        inputs = {"project": PROJECT, "datasetId": dataset, "tableId": short, "schema": json.dumps(schema)}
        constraints = {"tableConstraints": {"primaryKey": {"columns": list(key)}}} if key else {}
        self.store.put("gcp:bigquery/table:Table", f"{place}/tables/{short}", {**inputs, **constraints}, ready=True)
        (self.store.root / "warehouse" / PROJECT / dataset / short).mkdir(parents=True)
        return f"{PROJECT}.{dataset}.{short}"

    def make_bucket(self, name: str) -> str:
        self.store.put("gcp:storage/bucket:Bucket", name, {"name": name, "project": PROJECT, "location": REGION}, ready=True)
        (self.store.root / "buckets" / name).mkdir(parents=True)
        return name

    def make_build(self, build: Build, log: str) -> None:
        create_build(self.store, build, pid=1)
        path = log_path(self.store, build.id)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(log)

    def make_secret(self, name: str, *payloads: str) -> str:
        secret = f"projects/{PROJECT}/secrets/{name}"
        self.store.put(Secret.type, secret, {"project": PROJECT, "secretId": name}, ready=True)
        for number, payload in enumerate(payloads, 1):
            version = {"secret": secret, "secretData": payload, "enabled": True}
            self.store.put(
                SecretVersion.type, f"{secret}/versions/{number}", version, ready=True, secret=frozenset({("secretData",)})
            )
        return secret

    def make_repository(self, seed: Path) -> tuple[str, str]:
        return REMOTE, str(install(self.store, REMOTE, seed))

    def record_decision(self, remote: str, number: int, decision: ReviewDecision) -> None:
        repository = repository_path(self.store, remote).relative_to(self.store.root / "repositories").as_posix()
        PullRequestTable(self.store, repository).decide(number, decision, ())

    def _grant(self, role: str, on: str, member: str) -> None:
        parts = on.split("/")
        given = {"role": role, "member": member, "project": PROJECT}
        kind, where = {
            1: ("gcp:storage/bucketIAMMember:BucketIAMMember", {"bucket": parts[-1]}),
            2: ("gcp:projects/iAMMember:IAMMember", {}),
            4: ("gcp:bigquery/datasetAccess:DatasetAccess", {"datasetId": parts[-1], "userByEmail": member.partition(":")[2]}),
            5: ("gcp:secretmanager/secretIamMember:SecretIamMember", {"secretId": parts[-1]}),
        }[1 if parts[0] == "buckets" else 5 if "secrets" in parts else len(parts)]
        self.store.put(kind, f"{on}/{role}/{member}", {**given, **where}, ready=True)


WORLDS = {"twin": TwinWorld}


@pytest.fixture(params=sorted(WORLDS))
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    """One cloud, empty, for each adapter."""
    return WORLDS[request.param](tmp_path / "a twin [1]")
