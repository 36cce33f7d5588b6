"""What people do by hand before the first `up` of an environment, done here for the twin.

On Google somebody makes the repository on the Git provider and stores two credentials of it in Secret Manager: the token of its
connection, and the factory's own. The twin starts where they left off, for every environment file of the checkout.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from groundwork.errors import GroundworkError
from groundwork.onboarding import environment_files
from groundwork.twin.core import lifecycle, shell
from groundwork.twin.core.store import Store
from groundwork.twin.github.git import ask, git, output
from groundwork.twin.interfaces.git import install
from groundwork.twin.registry import RESOURCE_TYPES
from groundwork.twin.secretmanager.resources import find_version

SERVICE = "gcp:projects/service:Service"
SECRET = "gcp:secretmanager/secret:Secret"  # noqa: S105  the name of a type
VERSION = "gcp:secretmanager/secretVersion:SecretVersion"
CREDENTIALS = {"token_secret": "a-token-of-the-twin", "git_provider_secret": "a-factory-s-key-of-the-twin"}
"""What each setting's secret holds. They open nothing: the twin has no GitHub."""

_OF_THE_PLATFORM = "groundwork/templates"
"""A folder that a checkout of the platform has, and no client's repository."""
_AUTHOR = {
    "GIT_AUTHOR_NAME": "Platform",
    "GIT_AUTHOR_EMAIL": "platform@northwind.example",
    "GIT_COMMITTER_NAME": "Platform",
    "GIT_COMMITTER_EMAIL": "platform@northwind.example",
}
"""Writes the first commits of the client's repository; decides on nothing."""


def prepare(root: Path, checkout: Path) -> list[Path]:
    """Make the twin in a folder ready for the first `up` of every environment; return the repositories, each once.

    What is there already stays; `main` of a repository follows the checkout's HEAD where that only adds commits. From a checkout
    of the platform itself, a client's repository with the checkout's environments and pipelines is made first, and followed. Many
    shells may do it at once: each waits for those before.
    """
    store = shell.make(root)
    with store.lock("twin", "prepared"):
        return _prepare(store, checkout)


def _prepare(store: Store, checkout: Path) -> list[Path]:
    repositories: list[Path] = []
    seed = _client_repository(store.root / "client", checkout) if (checkout / _OF_THE_PLATFORM).is_dir() else checkout
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


def _client_repository(folder: Path, checkout: Path) -> Path:
    """Return a client's repository with what the HEAD of a checkout of the platform has of one, as a commit for each HEAD."""
    from groundwork.onboarding import client_repository  # noqa: PLC0415  Jinja takes its time to load

    head = ask(checkout, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    if head is None:
        raise GroundworkError(
            "commit-missing", f"{checkout} is not a git repository with a commit", "commit something there first"
        )
    message = f"Take the environments and pipelines of {head}"
    if (folder / ".git").is_dir() and ask(folder, "log", "-1", "--format=%s") == message:
        return folder
    folder.mkdir(exist_ok=True)
    git(folder, "init", "--quiet", "--template=", "--initial-branch=main")
    (folder / ".git/index.lock").unlink(missing_ok=True)  # of one that was killed; the caller has a lock
    for old in folder.iterdir():
        if old.name != ".git":
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    config = environment_files.parsed(git(checkout, "show", f"{head}:Pulumi.dev.yaml"), "Pulumi.dev.yaml")
    answers = client_repository.Answers.parse({"client": config[environment_files.SECTION]["client"]})
    own = git(checkout, "ls-tree", "-r", "--name-only", "-z", head, "--", ".github/CODEOWNERS", *client_repository.COPIED)
    environments = git(checkout, "ls-tree", "--name-only", "-z", head).split("\0")
    paths = [*own.split("\0"), *(name for name in environments if name.startswith("Pulumi.") and name.endswith(".yaml"))]
    texts = {path: output(checkout, "cat-file", "blob", f"{head}:{path}")[1] for path in paths if path}
    rendered = {
        path: text
        for path, text in client_repository.render(answers).items()
        if path.split("/")[0] not in client_repository.COPIED
    }
    for path, content in {**rendered, **texts}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", f"--message={message}", **_AUTHOR)
    return folder


def _connections(checkout: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield project and repository of each environment file that names them; what is wrong with others `pulumi preview` says."""
    for file in sorted(checkout.glob("Pulumi.*.yaml")):
        try:
            config = yaml.safe_load(file.read_text())["config"]
            project, repository = str(config[environment_files.PROJECT]), _settled(file.name.split(".")[1], config)
        except (yaml.YAMLError, KeyError, TypeError, AttributeError):
            continue
        if "remote" in repository:
            yield project, repository


def _settled(stack: str, config: Mapping[str, Any]) -> dict[str, str]:
    """Return what is set for an environment's repository; where Terraform's state is not there yet, what needs none of it."""
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


def _create(store: Store, token: str, given: dict[str, Any], project: str) -> None:
    resource_type = RESOURCE_TYPES[token]
    lifecycle.create(store, resource_type, lifecycle.completed(resource_type, given, project))


def _follow(repository: Path, checkout: Path) -> None:
    words = ("fetch", "--quiet", "--no-tags", "--update-shallow", str(checkout), "HEAD:refs/heads/main")
    ask(repository, *words)  # refused where it would lose commits: then main stays
