"""Environment files: read as the program reads them, and written completely or not at all. Existing files are never changed."""

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

from groundwork.adapters.connect import register_objects
from groundwork.errors import GroundworkError

if TYPE_CHECKING:
    from groundwork.environment.file import Environment

SECTION = "groundwork:environment"
PROJECT = "gcp:project"
TERRAFORM = "groundwork:terraform"

_UNFINISHED = ".environment-"
"""Prefix of temporary files."""
_NAME = re.compile(r"[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?")
_HEAD = "# The environment `{environment}`. Every setting is described in docs/reference/environment.md.\n"
_COMMENTS = {
    "  gcp:project:": "The project must exist before the first `up`, with billing.",
    "    protect_data:": "true: `destroy` fails while buckets and tables have content.",
    "    platform_image:": "The digest of the release; zeros until one is pushed: `gcloud artifacts docker images describe`.",
    "      installation_id:": "The number at the end of the app's page: github.com/settings/installations/<number>.",
    "      token_secret:": "Names of two secrets; their values are never in a file.",
    "    chain:": "Changes go up `branches` from left to right; this environment evaluates pushes to `own_branches`.",
    "    reviewers:": "One of them decides on each change for this environment, except on changes of their own.",
    "    next_reviewers:": "The `reviewers` of the next environment; they decide on changes that leave this one.",
    "    factory:": "identities: how many candidates run at once; each has a cooldown of an hour (`cooldown_minutes`).",
    "    holdout:": "The newest weeks, by which candidates are evaluated and which they do not have; 0 weeks in production.",
    "    raw_tables:": "The client's data; `time` is the column by which held-out rows are kept from candidates.",
    "        gate:": "Thresholds for a candidate's metrics.",
    "        schedule:": "In UTC: minute, hour, day, month, weekday.",
}


class _Dumper(yaml.SafeDumper):
    """Write lists on one line and mappings on several, as people write such files."""

    def represent_sequence(self, tag: str, sequence: Any, flow_style: bool | None = None) -> yaml.SequenceNode:  # noqa: FBT001  its own
        """Put lists on one line."""
        _ = flow_style
        return super().represent_sequence(tag, sequence, flow_style=True)

    def ignore_aliases(self, data: Any) -> bool:
        """Write a value at every place, instead of a reference."""
        _ = data
        return True


def path(checkout: Path, environment: str) -> Path:
    """Return the path of an environment's file; raises GroundworkError for an invalid name."""
    if not _NAME.fullmatch(environment):
        raise GroundworkError(
            "environment-name-invalid",
            f"{environment!r} is not a valid name of an environment",
            "use up to 40 lower-case letters, digits and dashes, with a letter first",
        )
    return checkout / f"Pulumi.{environment}.yaml"


def environments(checkout: Path) -> list[str]:
    """Return the names of all environments that have a file."""
    return sorted(file.name.removeprefix("Pulumi.").removesuffix(".yaml") for file in checkout.glob("Pulumi.*.yaml"))


def read(checkout: Path, environment: str) -> dict[str, Any]:
    """Return the configuration in an environment's file; raises GroundworkError if there is no file."""
    file = path(checkout, environment)
    if not file.is_file():
        known = ", ".join(f"`{name}`" for name in environments(checkout))
        raise GroundworkError(
            "environment-not-found",
            f"there is no environment `{environment}`: the file {file.name} does not exist",
            f"choose one of {known}, or run `groundwork client add` to add a client",
        )
    return parsed(file.read_text(), file.name)


def parsed(text: str, name: str) -> dict[str, Any]:
    """Return the configuration in a file's text; raises GroundworkError if it is not a mapping of settings."""
    try:
        config = (yaml.safe_load(text) or {}).get("config") or {}
        return dict(config)
    except (yaml.YAMLError, AttributeError, TypeError, ValueError, RecursionError) as error:
        where = " ".join(str(error).split())
        raise GroundworkError(
            "environment-invalid", f"{name} cannot be read: {where}", f"compare {name} with one of the existing environment files"
        ) from error


def validated(environment: str, config: Mapping[str, Any]) -> Environment:
    """Return the environment that a configuration describes, validated by the program's own schema; raises GroundworkError."""
    import pulumi  # noqa: PLC0415  it loads slowly

    from groundwork.environment.file import Environment  # noqa: PLC0415  as above

    _register_objects(config)
    pulumi.runtime.configure(pulumi.runtime.Settings("groundwork", environment))
    as_text = {key: value if isinstance(value, str) else json.dumps(value, default=str) for key, value in config.items()}
    pulumi.runtime.set_all_config(as_text)
    return Environment.load()


def settled(environment: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """Return an environment's section with Terraform's values in place of references. Raises GroundworkError."""
    section = config.get(SECTION)
    if TERRAFORM not in config or not isinstance(section, Mapping):
        return dict(section or {})
    from groundwork.environment.terraform.values import take  # noqa: PLC0415  it loads slowly

    _register_objects(config)
    resolved = take(section, json.dumps(config[TERRAFORM], default=str))
    if resolved.mistakes:
        listed = "".join(f"\n  {mistake}" for mistake in resolved.mistakes)
        raise GroundworkError(
            "environment-invalid",
            f"Pulumi.{environment}.yaml refers to values that Terraform's states do not have:{listed}",
            "correct the references; docs/guides/terraform.md describes their form",
        )
    return resolved.section


def _register_objects(config: Mapping[str, Any]) -> None:
    """Make `gs://` lead to the platform of commands, for a file with values from Terraform's states."""
    if TERRAFORM in config:
        register_objects()


def rendered(environment: str, config: Mapping[str, Any]) -> str:
    """Return the text of an environment's file for a configuration, with comments on settings that need one."""
    body = yaml.dump({"config": dict(config)}, Dumper=_Dumper, sort_keys=False, width=120, allow_unicode=True)
    lines = []
    for line in body.splitlines():
        comment = next((comment for start, comment in _COMMENTS.items() if line.startswith(start)), None)
        if comment:
            lines.append(f"{line[: len(line) - len(line.lstrip())]}# {comment}")
        lines.append(line)
    return _HEAD.format(environment=environment) + "\n".join(lines) + "\n"


def write(checkout: Path, texts: Mapping[str, str]) -> list[Path]:
    """Write the files of new environments, all or none. Raises GroundworkError, with nothing written, if a different file exists.

    All files are written under temporary names and renamed at the end. After a kill between two renames, the same command
    continues: an existing file with exactly the same content counts as written.
    """
    with _one_writer(checkout):
        _create(missing(checkout, texts))
    return [path(checkout, environment) for environment in texts]


def missing(checkout: Path, texts: Mapping[str, str]) -> dict[Path, bytes]:
    """Return the files that do not exist yet; raises GroundworkError if a different file exists at a path."""
    targets = {path(checkout, environment): text.encode() for environment, text in texts.items()}
    existing = [target for target in targets if os.path.lexists(target)]
    if others := [target.name for target in existing if target.is_symlink() or not _holds(target, targets[target])]:
        raise _taken(*others)
    return {target: text for target, text in targets.items() if target not in existing}


@contextmanager
def _one_writer(checkout: Path) -> Iterator[None]:
    """Exclude other writers, and remove the temporary files of killed ones."""
    descriptor = os.open(checkout, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        for leftover in checkout.glob(f"{_UNFINISHED}*"):
            with suppress(OSError):  # without write access, creating the new file fails with an error
                leftover.unlink()
        yield
    finally:
        os.close(descriptor)


def _holds(target: Path, text: bytes) -> bool:
    return target.is_file() and target.read_bytes() == text


def _create(texts: Mapping[Path, bytes]) -> None:
    named: list[Path] = []
    unfinished: dict[Path, Path] = {}
    try:
        for target, text in texts.items():
            unfinished[target] = _written(target.parent, text)
        for target, file in unfinished.items():
            _name(file, target)
            named.append(target)
    except BaseException as error:
        for file in named:
            file.unlink()
        if isinstance(error, OSError):
            raise GroundworkError(
                "environment-unwritable",
                f"nothing was written: {error.strerror}",
                "make sure that you can write to the folder, and that the disk has free space",
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
    """Give a file its name; raises GroundworkError if the name exists. A link never replaces a file, which a rename would."""
    try:
        os.link(file, target)
    except FileExistsError:
        raise _taken(target.name) from None
    except OSError as error:
        if error.errno not in {errno.EPERM, errno.ENOTSUP, errno.EMLINK}:
            raise
        if os.path.lexists(target):  # a file system without links; the lock excludes other writers of ours
            raise _taken(target.name) from None
        file.rename(target)


def _taken(*names: str) -> GroundworkError:
    return GroundworkError(
        "environment-exists",
        f"{', '.join(names)} exists already; nothing was written",
        "choose another name, or edit the existing file",
    )
