"""Bootstrapping on Google, with Google's own provider and the credentials of this machine.

It moves the environment's own state into the bucket as well. It does not adopt resources of a killed engine: Pulumi reports them
and says how to continue. It was never run against Google; its parts are tested on this machine.
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
from groundwork.operations.bootstrap import Bootstrap, Bootstrapped, engine_errors, program, project_of
from groundwork.paths import state_url

PASSPHRASES = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")
_NOT_SIGNED_IN = ("PULUMI_ACCESS_TOKEN must be set", "this command requires logging in")
"""Pulumi's messages when it would ask a person to sign in: until 3.259, and in 3.276."""
PROJECT = "groundwork"
"""The Pulumi project of environments."""


@dataclass(frozen=True, kw_only=True)
class OnGoogle:
    """The result of a run."""

    bootstrapped: Bootstrapped
    environment: str
    """What was done with the environment's own state, as a sentence."""


def bootstrap_on_google(stack: str, file: Path, variables: Mapping[str, str]) -> OnGoogle:
    """Bootstrap an environment from its file, with a person's own variables; raises GroundworkError."""
    checkout, installed = file.parent, Path(sys.executable).parent.parent
    local = checkout / ".groundwork/google"
    local.mkdir(parents=True, exist_ok=True)
    project = project_of(file)
    name = names.state_bucket(project)
    bucket = backend(f"gs://{name}", lambda: exists(project, name))

    done = Bootstrap(stack, file, variables, installed).run(program, backend(state_url(local)), bucket)
    with engine_errors(f"the state of `{stack}` could not be moved to {bucket.url}"):
        moved = take_environment(States(stack, PROJECT, checkout, variables, installed), variables, bucket)
    return OnGoogle(bootstrapped=done, environment=moved)


def own(environ: Mapping[str, str], ask: Callable[[], str] | None) -> dict[str, str]:
    """Return a person's own variables for the engine; `ask` asks for the passphrase of states. Raises GroundworkError.

    A shell of the twin is refused, because its variables keep every program away from Google.
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
            "secrets in states are encrypted with a passphrase, and none is set",
            f"set {' or '.join(PASSPHRASES)}, or run the command in a terminal, where it asks",
        )
    return {**environ, PASSPHRASES[0]: ask()}


def backend(url: str, ready: Callable[[], bool] = lambda: True) -> StateBackend:
    """Return a backend without recovery: Pulumi reports what a killed engine left, and the person decides."""
    return StateBackend(url=url, ready=ready, recover=lambda _: None)


def exists(project: str, bucket: str) -> bool:
    """Return whether a bucket exists; raises GroundworkError if that cannot be read."""
    from google.api_core.exceptions import GoogleAPICallError  # noqa: PLC0415  Google's libraries load when it is chosen
    from google.auth.exceptions import GoogleAuthError  # noqa: PLC0415  as above
    from google.cloud import storage  # type: ignore[attr-defined]  # noqa: PLC0415  as above; it has no types

    try:
        return storage.Client(project=project).lookup_bucket(bucket) is not None
    except GoogleAuthError as error:
        raise GroundworkError("credentials-missing", str(error), "run `gcloud auth application-default login`") from error
    except GoogleAPICallError as error:
        raise GroundworkError(
            "bucket-unreadable",
            f"it cannot be read whether the bucket {bucket} exists: {error.message}",
            f"make sure that you can read {project}, and that no other organisation has the bucket: its name is globally unique",
        ) from error


def take_environment(states: States, variables: Mapping[str, str], bucket: StateBackend) -> str:
    """Move an environment's state from this machine to the bucket, or create one there; return which, as a sentence."""
    signed_in = _signed_in(states, variables)
    if signed_in.startswith("file://"):
        local = backend(signed_in)
        if states.at(local):
            states.move(local, bucket, over=False)
            return f"the state of `{states.stack}` was moved from {signed_in} to {bucket.url}"
    if states.at(bucket):
        return f"the state of `{states.stack}` is in {bucket.url}"
    states.make(bucket)
    where = f"Pulumi is signed in to {signed_in}" if signed_in else "Pulumi is not signed in"
    return f"the state of `{states.stack}` was created in {bucket.url}; there was none on this machine ({where})"


def _signed_in(states: States, variables: Mapping[str, str]) -> str:
    """Return the backend to which Pulumi is signed in, "" for none."""
    try:
        shown = states.command.run(["whoami", "--json"], str(states.folder), dict(variables)).stdout
    except automation.CommandError as error:
        if any(words in str(error) for words in _NOT_SIGNED_IN):
            return ""
        raise
    return str(json.loads(shown)["url"])
