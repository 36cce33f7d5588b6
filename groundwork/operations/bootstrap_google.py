"""Bootstrapping on Google: with Google's own provider, as whoever is signed in at this machine.

Besides the bootstrap's own state, the environment's goes into the bucket. What a killed engine had made is not adopted here:
Pulumi says what it finds, and how to go on. It was never run against Google; its parts are tested on this machine.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pulumi import automation

from groundwork.contract.variables import PLATFORM_VARIABLE, TWIN_VARIABLE
from groundwork.engine.state_migration import Backend, States
from groundwork.environment import names
from groundwork.errors import GroundworkError
from groundwork.operations.bootstrap import Bootstrap, Bootstrapped, program, project_of, said
from groundwork.twin.core.shell import states

PASSPHRASES = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")
_NOT_SIGNED_IN = ("PULUMI_ACCESS_TOKEN must be set", "this command requires logging in")
"""What Pulumi says where it would ask a person to sign in: until 3.259, and in 3.276."""
PROJECT = "groundwork"
"""The Pulumi project of environments."""


@dataclass(frozen=True, kw_only=True)
class OnGoogle:
    """What a run did."""

    bootstrapped: Bootstrapped
    environment: str
    """What became of the environment's own state, as a sentence."""


def bootstrap_on_google(stack: str, file: Path, variables: Mapping[str, str]) -> OnGoogle:
    """Bootstrap an environment from its file, with a person's own variables; raises GroundworkError."""
    checkout, installed = file.parent, Path(sys.executable).parent.parent
    here = checkout / ".groundwork/google"
    here.mkdir(parents=True, exist_ok=True)
    project = project_of(file)
    name = names.state_bucket(project)
    bucket = backend(f"gs://{name}", lambda: exists(project, name))

    done = Bootstrap(stack, file, variables, installed).run(program, backend(states(here)), bucket)
    with said(f"the state of `{stack}` could not be taken into {bucket.url}"):
        moved = take_environment(States(stack, PROJECT, checkout, variables, installed), variables, bucket)
    return OnGoogle(bootstrapped=done, environment=moved)


def own(environ: Mapping[str, str], ask: Callable[[], str] | None) -> dict[str, str]:
    """Return a person's own variables for the engine; `ask` asks for the passphrase of states. Raises GroundworkError.

    A shell of the twin is refused: everything in it leads away from Google.
    """
    if TWIN_VARIABLE in environ or environ.get(PLATFORM_VARIABLE, "").startswith("twin:"):
        raise GroundworkError("twin-shell", "this shell works on the twin", "open another one, for Google, and run it there")
    if any(name in environ for name in PASSPHRASES):
        return dict(environ)
    if ask is None:
        raise GroundworkError(
            "no-passphrase",
            "the states' secrets need a passphrase",
            f"set {' or '.join(PASSPHRASES)}, or run it in a terminal: it asks",
        )
    return {**environ, PASSPHRASES[0]: ask()}


def backend(url: str, ready: Callable[[], bool] = lambda: True) -> Backend:
    """Return a place for states in which Pulumi itself says what a killed engine left, and the person at the keyboard decides."""
    return Backend(url=url, ready=ready, recover=lambda _: None)


def exists(project: str, bucket: str) -> bool:
    """Return whether a bucket is there; raises GroundworkError where nobody can tell."""
    from google.api_core.exceptions import GoogleAPICallError  # noqa: PLC0415  Google's libraries load when it is chosen
    from google.auth.exceptions import GoogleAuthError  # noqa: PLC0415  as above
    from google.cloud import storage  # type: ignore[attr-defined]  # noqa: PLC0415  as above; it has no types

    try:
        return storage.Client(project=project).lookup_bucket(bucket) is not None
    except GoogleAuthError as error:
        raise GroundworkError("not-signed-in", str(error), "run `gcloud auth application-default login`") from error
    except GoogleAPICallError as error:
        raise GroundworkError(
            "bucket-unreadable",
            f"whether there is a bucket {bucket} cannot be told: {error.message}",
            f"see whether you may see {project}, and whether that name is somebody else's: a bucket's name is the whole world's",
        ) from error


def take_environment(states: States, variables: Mapping[str, str], bucket: Backend) -> str:
    """Take an environment's state from this machine into the bucket, or begin one there; say which it was."""
    signed_in = _signed_in(states, variables)
    if signed_in.startswith("file://"):
        local = backend(signed_in)
        if states.at(local):
            states.move(local, bucket, over=False)
            return f"the state of `{states.stack}` went from {signed_in} into {bucket.url}"
    if states.at(bucket):
        return f"the state of `{states.stack}` is in {bucket.url}"
    states.make(bucket)
    looked = f"Pulumi is signed in to {signed_in}" if signed_in else "Pulumi is signed in nowhere"
    return f"the state of `{states.stack}` begins in {bucket.url}; there was none on this machine ({looked})"


def _signed_in(states: States, variables: Mapping[str, str]) -> str:
    """Return where Pulumi has this person's states, "" for nowhere yet."""
    try:
        told = states.command.run(["whoami", "--json"], str(states.folder), dict(variables)).stdout
    except automation.CommandError as error:
        if any(words in str(error) for words in _NOT_SIGNED_IN):
            return ""
        raise
    return str(json.loads(told)["url"])
