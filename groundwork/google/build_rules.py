"""Rules of Cloud Build that the type of its message does not express: the text of fields, and how fields fit together.

The rules are those of Google's own validator (GoogleCloudPlatform/cloud-build-local, `validate/validate.go`). If the page of
the build file's schema has a larger limit, that limit counts: https://cloud.google.com/build/docs/build-config-file-schema.
"""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from groundwork.google.substitutions import BUILT_IN, OVERRIDABLE, PLACEHOLDER, USER, names_in, required_names

Path = tuple[str | int, ...]
"""A path in a build: the message's names of fields, positions in lists, keys of mappings."""

DAY = 24 * 3600
"""The longest time limit, in seconds."""

_STEPS, _ARGUMENTS, _ARGUMENT = 300, 100, 10_000
_NAME, _VARIABLES, _VARIABLE, _FOLDER = 1_000, 100, 1_000, 1_000
_IMAGES, _IMAGE, _PATHS, _TAGS = 100, 1_000, 100, 64
_SUBSTITUTIONS, _KEY, _VALUE = 100, 100, 4_000
_SECRETS, _SECRET = 100, 64 * 1024
_DISK = 4_000
_EXIT_CODE = 255

_COMPONENT = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_HOST = r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)(?:\.(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?))*(?::[0-9]+)?"
_TAG = r"\w[\w.-]{0,127}"
_REFERENCE = re.compile(rf"(?:{_HOST}/)?{_COMPONENT}(?:/{_COMPONENT})*(?:@sha256:{_TAG}|:{_TAG}(?:@sha256:{_TAG})?)?", re.ASCII)
_BUILD_TAG = re.compile(_TAG, re.ASCII)
_VOLUME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+")
_RESERVED = frozenset({"/workspace", "/builder/home", "/var/run/docker.sock"})
_FIRST = "-"
"""The entry of `waitFor` for a step that waits for no other step."""


@dataclass(frozen=True)
class Fault:
    """A mistake for which Cloud Build refuses a build."""

    path: Path
    message: str


def parse_build(content: Mapping[str, Any]) -> Any:
    """Return a `google.devtools.cloudbuild.v1.Build` message of a build in Google's JSON; raises ValueError for other JSON."""
    from google.cloud.devtools.cloudbuild_v1.types import Build  # noqa: PLC0415  it loads slowly
    from google.protobuf import json_format  # noqa: PLC0415  as above

    try:
        return json_format.ParseDict(content, Build.pb()())
    except (json_format.ParseError, TypeError, RecursionError) as error:
        raise ValueError(str(error)) from error


def as_json(build: Any) -> dict[str, Any]:
    """Return a build's message in Google's JSON, with the values that Google has read: numbers in quotes are numbers."""
    from google.protobuf import json_format  # noqa: PLC0415  as above

    read: dict[str, Any] = json_format.MessageToDict(build)
    return read


def faults(build: Any, *, triggered: bool) -> Iterator[Fault]:
    """Yield the mistakes in a build's message; a `triggered` build may get substitutions from its trigger."""
    yield from _time_limits(build)
    yield from _substitutions(build.substitutions)
    yield from step_faults(build.steps)
    yield from _unknown_names(build, operations=triggered or build.options.dynamic_substitutions)
    yield from _images(build)
    yield from _objects(build)
    yield from _tags(build.tags)
    yield from _volumes(build)
    yield from _environment(build)
    yield from _secrets(build)
    if build.options.disk_size_gb > _DISK:
        yield Fault(("options", "disk_size_gb"), f"a disk has {_DISK} GB at most")


def filled(build: Any) -> Iterator[tuple[Path, str]]:
    """Yield every text of a build in which Cloud Build replaces substitutions: all but scripts and ids."""
    for number, step in enumerate(build.steps):
        at: Path = ("steps", number)
        yield from (((*at, name), getattr(step, name)) for name in ("name", "dir_", "entrypoint") if getattr(step, name))
        yield from (((*at, name, n), text) for name in ("args", "env") for n, text in enumerate(getattr(step, name)))
    for name in ("images", "tags"):
        yield from (((name, n), text) for n, text in enumerate(getattr(build, name)))
    if build.logs_bucket:
        yield ("logs_bucket",), build.logs_bucket
    yield from ((("options", "env", n), text) for n, text in enumerate(build.options.env))
    artifacts = build.artifacts
    yield from ((("artifacts", "images", n), text) for n, text in enumerate(artifacts.images))
    if artifacts.objects.location:
        yield ("artifacts", "objects", "location"), artifacts.objects.location
    yield from ((("artifacts", "objects", "paths", n), text) for n, text in enumerate(artifacts.objects.paths))


def asked_for(build: Any, *, triggered: bool) -> frozenset[str]:
    """Return the user-defined substitutions that a build's text needs and that it does not set itself."""
    operations = triggered or build.options.dynamic_substitutions
    names = {name for _, text in filled(build) for name in required_names(text, operations=operations) if USER.fullmatch(name)}
    return frozenset(names - set(build.substitutions))


def mentioned_in(build: Any) -> frozenset[str]:
    """Return all names with values that would change a build's text."""
    return frozenset(name for _, text in filled(build) for name in names_in(text))


def in_scripts(build: Any) -> frozenset[str]:
    """Return the user-defined names in scripts that no variable of the step sets: Cloud Build does not replace them."""
    return frozenset(
        name
        for step in build.steps
        if step.script
        for name in names_in(step.script)
        if USER.fullmatch(name) and name not in {variable.partition("=")[0] for variable in (*step.env, *build.options.env)}
    )


def _time_limits(build: Any) -> Iterator[Fault]:
    whole = _seconds(build.timeout)
    if not 0 <= whole <= DAY:
        yield Fault(("timeout",), f"the time limit of a build is between 0 and {DAY} seconds")
    if _seconds(build.queue_ttl) < 0:
        yield Fault(("queue_ttl",), "the time in the queue is at least 0 seconds")
    for number, step in enumerate(build.steps):
        limit = _seconds(step.timeout)
        if limit < 0:
            yield Fault(("steps", number, "timeout"), "the time limit of a step is at least 0 seconds")
        elif limit > (whole or DAY):
            yield Fault(
                ("steps", number, "timeout"), f"the time limit of a step is at most that of its build, {whole or DAY:g} seconds"
            )


def _seconds(duration: Any) -> float:
    return float(duration.seconds + duration.nanos / 1e9)


def _substitutions(substitutions: Mapping[str, str]) -> Iterator[Fault]:
    yield from _too_many(("substitutions",), substitutions, _SUBSTITUTIONS, "substitutions")
    for name, value in sorted(substitutions.items()):
        at: Path = ("substitutions", name)
        if len(name) > _KEY or not (USER.fullmatch(name) or name in OVERRIDABLE):
            yield Fault(at, f"{name!r} is not a substitution: write `_` and capitals, digits or `_`, at most {_KEY} characters")
        if len(value) > _VALUE:
            yield Fault(at, f"the value of {name!r} is longer than {_VALUE} characters")


def step_faults(steps: Sequence[Any]) -> Iterator[Fault]:
    """Yield the mistakes in steps, which are messages or objects with the same attributes."""
    if not steps:
        yield Fault((), "a build needs at least one entry in `steps`")
    yield from _too_many(("steps",), steps, _STEPS, "steps")
    earlier = {_FIRST}
    for number, step in enumerate(steps):
        at: Path = ("steps", number)
        yield from (Fault((*at, *fault.path), fault.message) for fault in _step(step))
        if step.id in earlier:
            yield Fault(at, f"there are two steps with the id {step.id!r}")
        for other in sorted(set(step.wait_for) - earlier):
            yield Fault(at, f"the step waits for {other!r}, but no earlier step has this id")
        earlier |= {step.id} if step.id else set()


def _step(step: Any) -> Iterator[Fault]:
    if not step.name:
        yield Fault((), "a step needs a `name`: the image that it runs in")
    elif _wrong(step.name, _REFERENCE):
        yield Fault(("name",), f"{step.name!r} is not the name of an image")
    if step.script and (step.args or step.entrypoint):
        yield Fault((), "a step has either `script`, or `entrypoint` and `args`")
    yield from _too_long(("name",), step.name, _NAME)
    yield from _too_long(("dir_",), step.dir_, _FOLDER)
    yield from _too_many(("args",), step.args, _ARGUMENTS, "arguments")
    for number, argument in enumerate(step.args):
        yield from _too_long(("args", number), argument, _ARGUMENT)
    for number, code in enumerate(step.allow_exit_codes):
        if not 0 <= code <= _EXIT_CODE:
            yield Fault(("allow_exit_codes", number), f"an exit code is between 0 and {_EXIT_CODE}")


def _unknown_names(build: Any, *, operations: bool) -> Iterator[Fault]:
    """Yield the names in capitals that cannot have a value: the most common mistake in build files."""
    for path, text in filled(build):
        for name in dict.fromkeys(required_names(text, operations=operations)):
            if name not in BUILT_IN and name not in build.substitutions and not USER.fullmatch(name):
                yield Fault(
                    path,
                    f"`${name}` is not a substitution of Cloud Build; for a variable of the step's shell, write `$${name}`",
                )


def _images(build: Any) -> Iterator[Fault]:
    if build.images and build.artifacts.images and list(build.images) != list(build.artifacts.images):
        yield Fault(("images",), "`images` and `artifacts.images` differ: keep one of them")
    for at, images in ((("images",), build.images), (("artifacts", "images"), build.artifacts.images)):
        yield from _too_many(at, images, _IMAGES, "images")
        for number, image in enumerate(images):
            yield from _too_long((*at, number), image, _IMAGE)
            if _wrong(image, _REFERENCE):
                capitals = " (it has capitals)" if _REFERENCE.fullmatch(image.lower()) else ""
                yield Fault((*at, number), f"{image!r} is not the name of an image{capitals}")


def _objects(build: Any) -> Iterator[Fault]:
    if not build.artifacts.HasField("objects"):
        return
    at: Path = ("artifacts", "objects")
    location, paths = build.artifacts.objects.location, build.artifacts.objects.paths
    if not location.startswith("gs://") and _wrong(location, re.compile(r"gs://.+")):
        yield Fault((*at, "location"), f"{location!r} is not a location for artifacts: write gs://<bucket>/<folder>")
    if not paths:
        yield Fault(at, "artifacts need `paths`")
    yield from _too_many((*at, "paths"), paths, _PATHS, "paths")
    for number, path in enumerate(paths):
        if any(character.isspace() for character in path):
            yield Fault((*at, "paths", number), f"{path!r} contains white space")
    yield from (Fault((*at, "paths"), f"{path!r} occurs twice") for path in _twice(paths))


def _tags(tags: Sequence[str]) -> Iterator[Fault]:
    yield from _too_many(("tags",), tags, _TAGS, "tags")
    for number, tag in enumerate(tags):
        if tag and _wrong(tag, _BUILD_TAG):
            yield Fault(("tags", number), f"{tag!r} is not a tag: write at most 128 letters, digits, `_`, `.` and `-`")


def _volumes(build: Any) -> Iterator[Fault]:
    common = build.options.volumes
    if common and len(build.steps) < 2:  # noqa: PLR2004  one step shares nothing
        yield Fault(("options", "volumes"), "volumes of all steps need at least two steps")
    yield from _volumes_at(("options", "volumes"), common)
    names, paths = {volume.name for volume in common}, {posixpath.normpath(volume.path) for volume in common}
    used: Counter[str] = Counter()
    for number, step in enumerate(build.steps):
        at: Path = ("steps", number, "volumes")
        yield from _volumes_at(at, step.volumes)
        used.update({volume.name for volume in step.volumes})
        for volume in step.volumes:
            if volume.name in names or posixpath.normpath(volume.path) in paths:
                yield Fault(at, f"all steps already have the volume {volume.name!r} or the path {volume.path!r}")
    for name in sorted(name for name, times in used.items() if times < 2):  # noqa: PLR2004  as above
        yield Fault(("steps",), f"only one step uses the volume {name!r}: at least two must share it")


def _volumes_at(at: Path, volumes: Sequence[Any]) -> Iterator[Fault]:
    for number, volume in enumerate(volumes):
        path = posixpath.normpath(volume.path)
        if not _VOLUME.fullmatch(volume.name):
            yield Fault(
                (*at, number),
                f"{volume.name!r} is not the name of a volume: write a letter or digit, then letters, digits, `_`, `.` and `-`",
            )
        if not path.startswith("/"):
            yield Fault((*at, number), f"{volume.path!r} is not an absolute path")
        elif path in _RESERVED or path.startswith("/cloudbuild/"):
            yield Fault((*at, number), f"{volume.path!r} is reserved for Cloud Build: choose another path")
    for repeated in (*_twice(volume.name for volume in volumes), *_twice(posixpath.normpath(volume.path) for volume in volumes)):
        yield Fault(at, f"{repeated!r} occurs twice")


def _environment(build: Any) -> Iterator[Fault]:
    lists: list[tuple[Path, Sequence[str]]] = [(("options", "env"), build.options.env)]
    lists += [(("steps", number, "env"), step.env) for number, step in enumerate(build.steps)]
    for at, variables in lists:
        yield from _too_many(at, variables, _VARIABLES, "variables")
        for number, variable in enumerate(variables):
            yield from _too_long((*at, number), variable, _VARIABLE)
            if "=" not in variable[1:]:
                yield Fault((*at, number), f"{variable!r} is not a variable: write NAME=value")


def _secrets(build: Any) -> Iterator[Fault]:
    defined, used = _defined(build), _used(build)
    yield from (
        Fault(("secrets",), f"the key {key!r} has two entries") for key in _twice(secret.kms_key_name for secret in build.secrets)
    )
    for number, secret in enumerate(build.secrets):
        if not secret.secret_env:
            yield Fault(("secrets", number), "a secret without `secretEnv` sets nothing")
        for name, value in secret.secret_env.items():
            if len(value) > _SECRET:
                yield Fault(("secrets", number), f"the value of {name!r} is longer than {_SECRET} bytes")
    yield from (Fault((), f"the secret variable {name!r} is set twice") for name in _twice(defined))
    yield from (Fault((), f"the secret variable {name!r} is used, but not set") for name in sorted(used - set(defined)))
    encrypted = {name for secret in build.secrets for name in secret.secret_env}
    yield from (
        Fault(("secrets",), f"the secret variable {name!r} is set, but no step uses it") for name in sorted(encrypted - used)
    )
    yield from _too_many((), set(defined), _SECRETS, "secret variables")
    common = list(build.options.secret_env)
    yield from (Fault(("options", "secret_env"), f"{name!r} occurs twice") for name in _twice(common))
    for number, step in enumerate(build.steps):
        yield from _secrets_of(("steps", number), step, common, build.options.env)


def _secrets_of(at: Path, step: Any, common: Sequence[str], variables: Sequence[str]) -> Iterator[Fault]:
    yield from (Fault((*at, "secret_env"), f"{name!r} occurs twice") for name in _twice((*common, *step.secret_env)))
    plain = {variable.partition("=")[0] for variable in (*variables, *step.env)}
    for name in sorted(plain & {*common, *step.secret_env}):
        yield Fault(at, f"{name!r} is a variable and also a secret one")


def _defined(build: Any) -> list[str]:
    available = build.available_secrets
    return [
        *(name for secret in build.secrets for name in secret.secret_env),
        *(secret.env for secret in available.secret_manager),
        *(name for secret in available.inline for name in secret.env_map),
    ]


def _used(build: Any) -> set[str]:
    return {*build.options.secret_env, *(name for step in build.steps for name in step.secret_env)}


def _wrong(text: str, form: re.Pattern[str]) -> bool:
    """Return whether a text has a wrong form; a text with substitutions is not checked."""
    return not PLACEHOLDER.search(text) and not form.fullmatch(text)


def _too_many(at: Path, items: Iterable[Any], most: int, plural: str) -> Iterator[Fault]:
    if len(list(items)) > most:
        yield Fault(at, f"more than {most} {plural}")


def _too_long(at: Path, text: str, most: int) -> Iterator[Fault]:
    if len(text) > most:
        yield Fault(at, f"longer than {most} characters")


def _twice(texts: Iterable[str]) -> list[str]:
    return sorted(text for text, times in Counter(texts).items() if times > 1)
