"""Reads a build, as a trigger holds it, into steps; refuses a build with settings that the twin does not know."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from groundwork.errors import GroundworkError
from groundwork.google import build_rules
from groundwork.twin.cloudbuild import images

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from groundwork.twin.cloudbuild.substitutions import Substitutions

DEFAULT_TIMEOUT = 3600.0
"""Seconds; Cloud Build's (https://cloud.google.com/build/docs/build-config-file-schema#timeout_2)."""

_WORKSPACE = PurePosixPath("/workspace")
"""The checkout's path on Google."""
_STATE = "PULUMI_BACKEND_URL="
_REFUSED_OF_BUILDS = ("availableSecrets", "secrets", "source")
_REFUSED_OF_STEPS = ("secretEnvs", "volumes", "secretEnv")


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step, with everything filled in."""

    id: str
    """The step's own, or its number."""
    image: str
    program: tuple[str, ...]
    """The program and its arguments; empty when there is a script, or when the step is skipped."""
    script: str
    skipped: bool
    """Whether the step builds a container."""
    folder: PurePosixPath
    """Relative to the checkout."""
    environment: Mapping[str, str]
    seconds: float | None
    """The step's own time limit."""
    waits: frozenset[int]
    """Numbers of the steps that must be done before."""
    forgiven: frozenset[int] | None
    """Exit codes that fail the step but not the build; None means all of them."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A whole build."""

    steps: tuple[Step, ...]
    seconds: float
    ignored: tuple[str, ...]
    """Outputs of the build that exist only on Google: images to push, artifacts to store."""


def plan(build: Mapping[str, Any], substitutions: Substitutions) -> Plan:
    """Return the steps of an inline build; raises GroundworkError."""
    _refuse(build, _REFUSED_OF_BUILDS, "the build")
    declared: Sequence[Mapping[str, Any]] = build.get("steps") or ()
    _require_valid(declared, substitutions)
    options = build.get("options") or {}
    names = [step.get("id") or "" for step in declared]
    steps = tuple(_step(number, step, names, options, substitutions) for number, step in enumerate(declared))
    for text in _beside_steps(build):
        substitutions.fill(text)  # texts that the twin ignores are filled too: an unknown name is an error there as well
    substitutions.require_all_used()
    return Plan(
        steps=steps,
        seconds=seconds(build.get("timeout")) or DEFAULT_TIMEOUT,
        ignored=tuple(name for name in ("images", "artifacts") if build.get(name)),
    )


def _require_valid(steps: Sequence[Mapping[str, Any]], substitutions: Substitutions) -> None:
    """Raise GroundworkError for steps that Cloud Build would refuse; the fields of a trigger have Pulumi's names."""
    fill = substitutions.fill
    filled = [
        SimpleNamespace(
            id=step.get("id") or "",
            name=fill(step.get("name") or ""),
            entrypoint=fill(step.get("entrypoint") or ""),
            args=[fill(argument) for argument in step.get("args") or ()],
            script=step.get("script") or "",
            dir_=step.get("dir") or "",
            wait_for=step.get("waitFors") or (),
            allow_exit_codes=step.get("allowExitCodes") or (),
        )
        for step in steps
    ]
    if fault := next(build_rules.step_faults(filled), None):
        where = f"steps[{fault.path[1]}]: " if fault.path else ""
        raise GroundworkError("build-invalid", f"{where}{fault.message}", "correct the build of the trigger")


def _beside_steps(build: Mapping[str, Any]) -> Iterator[str]:
    """Yield the texts beside its steps in which Cloud Build fills substitutions."""
    artifacts = build.get("artifacts") or {}
    objects = artifacts.get("objects") or {}
    for texts in (build.get("images"), build.get("tags"), artifacts.get("images"), objects.get("paths")):
        yield from texts or ()
    yield from filter(None, (build.get("logsBucket"), objects.get("location")))


def seconds(duration: str | None) -> float | None:
    """Return the seconds in Google's JSON form of a duration, `"90.5s"`; None for none."""
    if not duration:
        return None
    if not re.fullmatch(r"\d+(\.\d{1,9})?s", duration):
        raise GroundworkError("duration-invalid", f"`{duration}` is not a duration", "write seconds, such as `600s`")
    return float(duration[:-1])


def _step(
    number: int, step: Mapping[str, Any], names: Sequence[str], options: Mapping[str, Any], substitutions: Substitutions
) -> Step:
    fill = substitutions.fill
    name = names[number] or str(number)
    _refuse(step, _REFUSED_OF_STEPS, f"step `{name}`")
    image = fill(step.get("name") or "")
    program = fill(step.get("entrypoint") or "")
    arguments = [fill(argument) for argument in step.get("args") or ()]
    script = step.get("script") or ""
    skipped = images.builds_containers(image) and not script and not program
    return Step(
        id=name,
        image=image,
        program=() if skipped or script else (program or images.entrypoint(image), *arguments),
        script="" if skipped else script,
        skipped=skipped,
        folder=_folder(name, fill(step.get("dir") or "")),
        environment=_environment(name, step, options, substitutions),
        seconds=seconds(step.get("timeout")),
        waits=_waits(number, step.get("waitFors") or (), names),
        forgiven=None if step.get("allowFailure") else frozenset(step.get("allowExitCodes") or ()),
    )


def _environment(name: str, step: Mapping[str, Any], options: Mapping[str, Any], substitutions: Substitutions) -> dict[str, str]:
    automap = step.get("automapSubstitutions")
    mapped = substitutions.environment() if (options.get("automapSubstitutions") if automap is None else automap) else {}
    lines = [substitutions.fill(line) for line in (*(options.get("envs") or ()), *(step.get("envs") or ()))]
    if state := next((line for line in lines if line.startswith(_STATE)), None):
        raise GroundworkError(
            "build-setting-unsupported",
            f"step `{name}` keeps Pulumi's state in {state.removeprefix(_STATE)}, which Pulumi reaches on Google only",
            "run this build on Google; on the twin, run `pulumi preview` and `pulumi up` yourself",
        )
    for line in lines:
        if "=" not in line or line.startswith("="):
            raise GroundworkError(
                "variable-invalid", f"step `{name}` has a variable that is not `NAME=value`: `{line}`", "write NAME=value"
            )
    return {**mapped, **dict(line.split("=", 1) for line in lines)}


def _waits(number: int, steps: Sequence[str], names: Sequence[str]) -> frozenset[int]:
    if not steps:
        return frozenset(range(number))
    return frozenset(names.index(name) for name in steps if name != "-")


def _folder(name: str, folder: str) -> PurePosixPath:
    path = PurePosixPath(folder)
    if path.is_relative_to(_WORKSPACE):
        path = path.relative_to(_WORKSPACE)
    if path.is_absolute() or ".." in path.parts:
        raise GroundworkError(
            "step-folder-outside",
            f"step `{name}` runs in `{folder}`, outside of the checkout",
            "give a `dir` inside of it",
        )
    return path


def _refuse(settings: Mapping[str, Any], names: Sequence[str], where: str) -> None:
    for name in names:
        if settings.get(name):
            raise GroundworkError(
                "build-setting-unsupported",
                f"{where} has `{name}`, which the twin does not know",
                "run this build on Google",
            )
