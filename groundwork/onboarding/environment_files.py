"""Environment files: read as the program reads them, and written whole or not at all, never over one that is there."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from groundwork.errors import GroundworkError

if TYPE_CHECKING:
    from groundwork.environment.file import Environment

SECTION = "groundwork:environment"
PROJECT = "gcp:project"
TERRAFORM = "groundwork:terraform"

_UNFINISHED = ".environment-"
"""How names begin of files that have no name yet."""
_STACK = re.compile(r"[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?")
_HEAD = "# The environment `{stack}`. Every setting is described in docs/reference/environment.md.\n"
_COMMENTS = {
    "  gcp:project:": "There before the first `up`, with billing.",
    "    protect_data:": "true: `destroy` is refused while buckets and tables have content.",
    "    platform_image:": "The release by its digest, zeros until one is pushed: `gcloud artifacts docker images describe`.",
    "      installation_id:": "In the address of the page of Cloud Build's app: github.com/settings/installations/<this>.",
    "      token_secret:": "Names of two secrets; what they hold is never in a file.",
    "    chain:": "A change goes up `branches` from left to right; pushes to those in `here` are evaluated in this environment.",
    "    reviewers:": "One of them gives the review decision on what comes here, none of the change's authors.",
    "    next_reviewers:": "Those of the next environment, as its file names them: they decide on what leaves this one.",
    "    factory:": "identities: how many candidates run at once; each identity then rests for an hour (`cooldown_minutes`).",
    "    holdout:": "The newest weeks of the data, which candidates cannot read: their results are measured on them. 0: none.",
    "    raw_tables:": "The client's data; `time` keeps the holdout from candidates.",
    "        gate:": "What a candidate's metrics have to reach.",
    "        schedule:": "In UTC: minute, hour, day, month, weekday.",
}


class _Dumper(yaml.SafeDumper):
    """Lists on one line, mappings on lines of their own: as people write such files."""

    def represent_sequence(self, tag: str, sequence: Any, flow_style: bool | None = None) -> yaml.SequenceNode:  # noqa: FBT001  its own
        """Put lists on one line."""
        _ = flow_style
        return super().represent_sequence(tag, sequence, flow_style=True)

    def ignore_aliases(self, data: Any) -> bool:
        """Write a value out wherever it stands."""
        _ = data
        return True


def path(checkout: Path, stack: str) -> Path:
    """Return where a stack's file is; raises GroundworkError for what is no name of a stack."""
    if not _STACK.fullmatch(stack):
        raise GroundworkError(
            "stack-name", f"{stack!r} is no name of a stack", "up to 40 lower-case letters, digits and dashes, a letter first"
        )
    return checkout / f"Pulumi.{stack}.yaml"


def stacks(checkout: Path) -> list[str]:
    """Return the names of all environments that have a file."""
    return sorted(file.name.removeprefix("Pulumi.").removesuffix(".yaml") for file in checkout.glob("Pulumi.*.yaml"))


def read(checkout: Path, stack: str) -> dict[str, Any]:
    """Return the configuration in a stack's file; raises GroundworkError where there is none."""
    file = path(checkout, stack)
    if not file.is_file():
        known = ", ".join(f"`{name}`" for name in stacks(checkout))
        raise GroundworkError(
            "environment-not-found",
            f"there is no environment `{stack}`: no file {file.name}",
            f"did you mean one of {known}? `groundwork client add` writes those of a new client",
        )
    return parsed(file.read_text(), file.name)


def parsed(text: str, name: str) -> dict[str, Any]:
    """Return the configuration in a file's text; raises GroundworkError where it is no mapping of settings."""
    try:
        config = (yaml.safe_load(text) or {}).get("config") or {}
        return dict(config)
    except (yaml.YAMLError, AttributeError, TypeError, ValueError, RecursionError) as error:
        where = " ".join(str(error).split())
        raise GroundworkError(
            "environment-invalid", f"{name} cannot be read: {where}", f"compare {name} with one of the shipped environments"
        ) from error


def validated(stack: str, config: Mapping[str, Any]) -> Environment:
    """Return the environment that a configuration describes, checked by the program itself; raises GroundworkError."""
    import pulumi  # noqa: PLC0415  it takes its time to load

    from groundwork.environment.file import Environment  # noqa: PLC0415  as above

    _lead_here(config)
    pulumi.runtime.configure(pulumi.runtime.Settings("groundwork", stack))
    as_text = {key: value if isinstance(value, str) else json.dumps(value, default=str) for key, value in config.items()}
    pulumi.runtime.set_all_config(as_text)
    return Environment.load()


def settled(stack: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """Return an environment's section with Terraform's values in their places; raises GroundworkError for one that is missing."""
    section = config.get(SECTION)
    if TERRAFORM not in config or not isinstance(section, Mapping):
        return dict(section or {})
    from groundwork.environment.terraform.values import resolve  # noqa: PLC0415  it loads slowly

    _lead_here(config)
    taken = resolve(section, json.dumps(config[TERRAFORM], default=str))
    if taken.mistakes:
        listed = "".join(f"\n  {mistake}" for mistake in taken.mistakes)
        raise GroundworkError(
            "environment-invalid",
            f"Pulumi.{stack}.yaml lacks values of Terraform's:{listed}",
            "put right what is listed; docs/guides/terraform.md tells how values are named",
        )
    return taken.section


def _lead_here(config: Mapping[str, Any]) -> None:
    """Let `gs://` lead to the twin where a file has values from there: commands work on the twin."""
    if TERRAFORM in config:
        from groundwork.twin.storage.fsspec_entry_point import lead_here  # noqa: PLC0415  as above

        lead_here()


def rendered(stack: str, config: Mapping[str, Any]) -> str:
    """Return a stack's file for a configuration, with a word on what is not plain."""
    body = yaml.dump({"config": dict(config)}, Dumper=_Dumper, sort_keys=False, width=120, allow_unicode=True)
    lines = []
    for line in body.splitlines():
        comment = next((comment for start, comment in _COMMENTS.items() if line.startswith(start)), None)
        if comment:
            lines.append(f"{line[: len(line) - len(line.lstrip())]}# {comment}")
        lines.append(line)
    return _HEAD.format(stack=stack) + "\n".join(lines) + "\n"


def write(checkout: Path, texts: Mapping[str, str]) -> list[Path]:
    """Write the files of new stacks, all or none; raises GroundworkError, with nothing written, where another is there already.

    All are written under names that nobody reads, and get their own last. Killed between two of them, the same command goes on: a
    file that is there as it would be written, byte for byte, is one of its own.
    """
    with _one_writer(checkout):
        _create(missing(checkout, texts))
    return [path(checkout, stack) for stack in texts]


def missing(checkout: Path, texts: Mapping[str, str]) -> dict[Path, bytes]:
    """Return those of the files that are to be written; raises GroundworkError where there is another one in a place."""
    targets = {path(checkout, stack): text.encode() for stack, text in texts.items()}
    there = [target for target in targets if os.path.lexists(target)]
    if others := [target.name for target in there if target.is_symlink() or not _holds(target, targets[target])]:
        raise _taken(*others)
    return {target: text for target, text in targets.items() if target not in there}


@contextmanager
def _one_writer(checkout: Path) -> Iterator[None]:
    """Keep other writers out, and remove what those left who were killed."""
    descriptor = os.open(checkout, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        for left in checkout.glob(f"{_UNFINISHED}*"):
            with suppress(OSError):  # who may not write here is told when a file cannot be made
                left.unlink()
        yield
    finally:
        os.close(descriptor)


def _holds(target: Path, text: bytes) -> bool:
    return target.is_file() and target.read_bytes() == text


def _create(texts: Mapping[Path, bytes]) -> None:
    made: list[Path] = []
    unfinished: dict[Path, Path] = {}
    try:
        for target, text in texts.items():
            unfinished[target] = _written(target.parent, text)
        for target, file in unfinished.items():
            _name(file, target)
            made.append(target)
    except BaseException as error:
        for file in made:
            file.unlink()
        if isinstance(error, OSError):
            raise GroundworkError(
                "environment-unwritable",
                f"nothing was written: {error.strerror}",
                "make room, or see whether you may write there",
            ) from error
        raise
    finally:
        for file in unfinished.values():
            file.unlink(missing_ok=True)


def _written(folder: Path, text: bytes) -> Path:
    descriptor, name = tempfile.mkstemp(dir=folder, prefix=_UNFINISHED)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text)
        Path(name).chmod(0o644)
    except BaseException:
        Path(name).unlink()
        raise
    return Path(name)


def _name(file: Path, target: Path) -> None:
    """Give a file its name; raises GroundworkError where that is taken: a link is never made over another file, a rename is."""
    try:
        os.link(file, target)
    except FileExistsError:
        raise _taken(target.name) from None
    except OSError as error:
        if error.errno not in {errno.EPERM, errno.ENOTSUP, errno.EMLINK}:
            raise
        if os.path.lexists(target):  # a file system without links; other writers of ours are kept out
            raise _taken(target.name) from None
        file.rename(target)


def _taken(*names: str) -> GroundworkError:
    return GroundworkError(
        "environment-exists",
        f"{', '.join(names)} is there already; nothing was written",
        "choose another name, or edit the file: it is yours",
    )
