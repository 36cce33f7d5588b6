"""Bootstrap an environment on Google, with Google's own provider and the credentials of the person at this machine.

It moves two states into the bucket: that of the bootstrap stack and that of the environment. It does not import the resources
of a killed engine: Pulumi reports them, and how to continue. It was never run against Google; its parts are tested locally.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pulumi import automation

from groundwork.contract.variables import PLATFORM_VARIABLE, TWIN_VARIABLE
from groundwork.engine.state_migration import StateBackend, States
from groundwork.environment import names
from groundwork.errors import GroundworkError
from groundwork.operations.bootstrap import Bootstrap, Bootstrapped, program, project_of, reported
from groundwork.paths import state_url

PASSPHRASES = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")
_NOT_SIGNED_IN = ("PULUMI_ACCESS_TOKEN must be set", "this command requires logging in")
"""Pulumi's messages for a person who is not signed in: until 3.259, and in 3.276."""
PROJECT = "groundwork"
"""The Pulumi project of environments."""


@dataclass(frozen=True, kw_only=True)
class OnGoogle:
    """The result of a run."""

    bootstrapped: Bootstrapped
    environment: str
    """The location of the environment's state, as a sentence."""


def bootstrap_on_google(stack: str, file: Path, variables: Mapping[str, str]) -> OnGoogle:
    """Bootstrap an environment from its file, with the variables of a person; raises GroundworkError."""
    checkout, installed = file.parent, Path(sys.executable).parent.parent
    folder = checkout / ".groundwork/google"
    folder.mkdir(parents=True, exist_ok=True)
    project = project_of(file)
    name = names.state_bucket(project)
    bucket = backend(f"gs://{name}", lambda: exists(project, name))

    bootstrapped = Bootstrap(stack, file, variables, installed).run(program, backend(state_url(folder)), bucket)
    with reported(f"the state of `{stack}` could not be moved into {bucket.url}"):
        environment = move_environment(States(stack, PROJECT, checkout, variables, installed), variables, bucket)
    return OnGoogle(bootstrapped=bootstrapped, environment=environment)


def own(environ: Mapping[str, str], ask: Callable[[], str] | None) -> dict[str, str]:
    """Return a person's variables for the engine; `ask` asks for the passphrase of states. Raises GroundworkError.

    A shell of the twin is refused: its variables lead to the twin.
    """
    if TWIN_VARIABLE in environ or environ.get(PLATFORM_VARIABLE, "").startswith("twin:"):
        raise GroundworkError(
            "twin-shell-refused", "this shell works on the twin", "open another shell, and run the command there"
        )
    if any(name in environ for name in PASSPHRASES):
        return dict(environ)
    if ask is None:
        raise GroundworkError(
            "passphrase-missing",
            "the secrets in states need a passphrase",
            f"set {' or '.join(PASSPHRASES)}, or run the command in a terminal, which asks for it",
        )
    return {**environ, PASSPHRASES[0]: ask()}


def backend(url: str, ready: Callable[[], bool] = lambda: True) -> StateBackend:
    """Return a backend in which Pulumi reports the leftovers of a killed engine, and the person decides how to continue."""
    return StateBackend(url=url, ready=ready, recover=lambda _: None)


def exists(project: str, bucket: str) -> bool:
    """Return whether a bucket exists; raises GroundworkError if that cannot be determined."""
    from google.api_core.exceptions import GoogleAPICallError  # noqa: PLC0415  Google's libraries load only for Google
    from google.auth.exceptions import GoogleAuthError  # noqa: PLC0415  as above
    from google.cloud import storage  # type: ignore[attr-defined]  # noqa: PLC0415  as above; it has no types

    try:
        return storage.Client(project=project).lookup_bucket(bucket) is not None
    except GoogleAuthError as error:
        raise GroundworkError("credentials-missing", str(error), "run `gcloud auth application-default login`") from error
    except GoogleAPICallError as error:
        raise GroundworkError(
            "bucket-unreadable",
            f"cannot determine whether the bucket {bucket} exists: {error.message}",
            f"make sure that you can read {project}, and that no other organisation has the bucket: its name is globally unique",
        ) from error


def move_environment(states: States, variables: Mapping[str, str], bucket: StateBackend) -> str:
    """Move an environment's state from this machine into the bucket, or create one there; return a sentence about it."""
    signed_in = _signed_in(states, variables)
    if signed_in.startswith("file://"):
        local = backend(signed_in)
        if states.exists(local):
            states.move(local, bucket, overwrite=False)
            return f"moved the state of `{states.stack}` from {signed_in} into {bucket.url}"
    if states.exists(bucket):
        return f"the state of `{states.stack}` is in {bucket.url}"
    states.create(bucket)
    sign_in = f"Pulumi is signed in to {signed_in}" if signed_in else "Pulumi is not signed in"
    return f"created an empty state of `{states.stack}` in {bucket.url}; there was none on this machine ({sign_in})"


def _signed_in(states: States, variables: Mapping[str, str]) -> str:
    """Return the URL of the backend that this person is signed in to, "" for none."""
    try:
        output = states.command.run(["whoami", "--json"], str(states.folder), dict(variables)).stdout
    except automation.CommandError as error:
        if any(words in str(error) for words in _NOT_SIGNED_IN):
            return ""
        raise
    return str(json.loads(output)["url"])
