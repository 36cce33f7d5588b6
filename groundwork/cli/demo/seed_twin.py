"""The manual preparation of an environment before its first `up`, done here for the twin.

On Google a person creates the repository on the Git provider, and stores two credentials in Secret Manager: the token of the
connection, and the factory's own. This module does the same on the twin, for every environment file of the checkout.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from groundwork.cli.demo.client_repository import client_checkout
from groundwork.errors import GroundworkError
from groundwork.onboarding import environment_files
from groundwork.twin import lifecycle
from groundwork.twin.core import shell
from groundwork.twin.core.store import Store
from groundwork.twin.github.git import ask
from groundwork.twin.interfaces.git import install
from groundwork.twin.registry import RESOURCE_TYPES
from groundwork.twin.secretmanager.resources import find_version

SERVICE = "gcp:projects/service:Service"
SECRET = "gcp:secretmanager/secret:Secret"  # noqa: S105  the name of a type
VERSION = "gcp:secretmanager/secretVersion:SecretVersion"
CREDENTIALS = {"token_secret": "a-token-of-the-twin", "git_provider_secret": "a-factory-s-key-of-the-twin"}
"""The value of each setting's secret. They give no access: the twin has no GitHub."""


def prepare(root: Path, checkout: Path) -> list[Path]:
    """Prepare the twin in a folder for the first `up` of every environment; return the repositories, each once.

    Existing resources stay as they are; `main` of a repository follows the checkout's HEAD if that only adds commits. From a
    checkout of the platform, a client's repository is made first, and followed. Several processes may call it at once: each waits
    for the earlier ones.
    """
    store = shell.make(root)
    with store.lock("twin", "prepared"):
        return _prepare(store, checkout)


def _prepare(store: Store, checkout: Path) -> list[Path]:
    repositories: list[Path] = []
    seed = client_checkout(checkout, store.root / "client")
    for project, repository in _connections(checkout):
        for setting, credential in CREDENTIALS.items():
            if setting in repository:
                _store(store, project, repository[setting], credential)
        path = install(store, repository["remote"], seed)
        if path not in repositories:
            _follow(path, seed)
            repositories.append(path)
    shell.add_stacks(store.root, checkout)
    return repositories


def _connections(checkout: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield project and repository of each environment file that names them; `pulumi preview` reports errors in the others."""
    for file in sorted(checkout.glob("Pulumi.*.yaml")):
        try:
            config = yaml.safe_load(file.read_text())["config"]
            project, repository = str(config[environment_files.PROJECT]), _settled(file.name.split(".")[1], config)
        except (yaml.YAMLError, KeyError, TypeError, AttributeError):
            continue
        if "remote" in repository:
            yield project, repository


def _settled(stack: str, config: Mapping[str, Any]) -> dict[str, str]:
    """Return the settings of an environment's repository; without Terraform's state, those that do not need it."""
    repository = config[environment_files.SECTION]["repository"]
    with suppress(GroundworkError):
        repository = environment_files.settled(stack, {**config, environment_files.SECTION: {"repository": repository}})[
            "repository"
        ]
    return {str(key): str(value) for key, value in repository.items() if not isinstance(value, Mapping)}


def _store(store: Store, project: str, secret: str, credential: str) -> None:
    name = f"projects/{project}/secrets/{secret}"
    if not find_version(store, f"{name}/versions/latest"):
        _create(store, SERVICE, {"service": "secretmanager.googleapis.com"}, project)
        if not store.get(SECRET, name):
            _create(store, SECRET, {"secretId": secret, "replication": {"auto": {}}}, project)
        _create(store, VERSION, {"secret": name, "secretData": credential}, project)


def _create(store: Store, token: str, inputs: dict[str, Any], project: str) -> None:
    resource_type = RESOURCE_TYPES[token]
    lifecycle.create(store, resource_type, lifecycle.completed(resource_type, inputs, project))


def _follow(repository: Path, checkout: Path) -> None:
    words = ("fetch", "--quiet", "--no-tags", "--update-shallow", str(checkout), "HEAD:refs/heads/main")
    ask(repository, *words)  # git refuses if commits would be lost: then main stays
