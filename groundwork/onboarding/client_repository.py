"""A client's own repository: rendered from the release's template and a few answers, and merged with a newer release later."""

from __future__ import annotations

import difflib
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Self

import jinja2
import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from groundwork.contract.release import DISTRIBUTION, PLATFORM, release
from groundwork.environment import validators
from groundwork.environment.sections.base import People
from groundwork.errors import GroundworkError
from groundwork.onboarding import client, environment_files
from groundwork.onboarding.code_owners import FILE as CODE_OWNERS
from groundwork.onboarding.code_owners import code_owners_text

ANSWERS = ".groundwork.yaml"
ENVIRONMENTS = ("dev", "prod")

COPIED = ("__main__.py", "Pulumi.yaml", "pipelines", "tables")
"""Files and folders of the release that a client's repository begins with, unchanged."""
_UNWANTED = {"__pycache__", ".ipynb_checkpoints"}
_TEMPLATE = Path(str(files("groundwork.templates"))) / "client"
_SUFFIX = ".jinja"


class Answers(BaseModel):
    """Settings that only the client knows. Each has a default, so that a repository works on the twin before any is known."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    client: Annotated[str, AfterValidator(validators.client)]
    """Short name of the client, like acme."""

    region: Annotated[str, AfterValidator(validators.region)] = "europe-west2"
    """Region of Google Cloud."""

    project_prefix: Annotated[str, Field(default="", validate_default=True)]
    """The Google projects are `<prefix>-dev` and `<prefix>-prod`. Default: `<client>-ml`."""

    repository: Annotated[str, Field(default="", validate_default=True)]
    """`<owner>/<name>` on GitHub, or its address. Default: `<client>/forecasting`."""

    installation_id: Annotated[int, Field(ge=1, lt=2**63)] = 1
    """Number of the installation of Cloud Build's GitHub app."""

    reviewers: Annotated[People, Field(default=(), validate_default=True)]
    """E-mail addresses. Default: two placeholders."""

    owners: Annotated[People, Field(default=(), validate_default=True)]
    """E-mail addresses that are notified of runs and failures. Default: a placeholder."""

    code_owners: Annotated[
        tuple[Annotated[str, AfterValidator(validators.code_owner)], ...], Field(default=(), validate_default=True, min_length=1)
    ]
    """Users or teams on GitHub that review platform changes. Default: `@<client>/platform`."""

    @field_validator("project_prefix", "repository", "reviewers", "owners", "code_owners", mode="before")
    @classmethod
    def _default(cls, value: Any, info: ValidationInfo) -> Any:
        """Derive what is not given from the client's name."""
        name = info.data.get("client", "client")
        derived: Mapping[str | None, Any] = {
            "project_prefix": f"{name}-ml",
            "repository": f"{name}/forecasting",
            "reviewers": (f"first.reviewer@{name}.example", f"second.reviewer@{name}.example"),
            "owners": (f"forecasting@{name}.example",),
            "code_owners": (f"@{name}/platform",),
        }
        return value or derived[info.field_name]

    @field_validator("project_prefix")
    @classmethod
    def _projects(cls, prefix: str) -> str:
        for environment in ENVIRONMENTS:
            validators.project(f"{prefix}-{environment}")
        return prefix

    @field_validator("repository")
    @classmethod
    def _remote(cls, repository: str) -> str:
        return validators.remote(client.remote(repository))

    @classmethod
    def parse(cls, given: Mapping[str, Any]) -> Self:
        """Return checked answers; raises GroundworkError that lists every mistake."""
        try:
            return cls(**given)
        except ValidationError as error:
            mistakes: dict[str, str] = {}
            for mistake in error.errors():
                mistakes.setdefault(str(mistake["loc"][0]), mistake["msg"].removeprefix("Value error, "))
            raise GroundworkError(
                "answers-invalid",
                "\n  ".join(f"{name}: {text}" for name, text in mistakes.items()),
                "correct the options that are listed; nothing was written",
            ) from None


@dataclass(frozen=True, kw_only=True)
class Change:
    """The change that an upgrade makes to one file."""

    path: str
    action: str
    """`add`, `update`, `merge`, `delete`, `conflict`, or `keep`: both sides changed it, and the local version stays."""

    before: bytes | None
    after: bytes | None
    """None: no such file."""

    def diff(self) -> str:
        """Return the change as a unified diff; "" where nothing is written, or where the file is not text."""
        if self.before == self.after:
            return ""
        old, new = (_text(content) for content in (self.before, self.after))
        if old is None or new is None:
            return f"binary file {self.path}\n"
        lines = difflib.unified_diff(old.splitlines(), new.splitlines(), f"a/{self.path}", f"b/{self.path}", lineterm="")
        return "".join(f"{line}\n" for line in lines)


def render(answers: Answers) -> dict[str, bytes]:
    """Return the files of a client's repository by path. The same release and answers always give the same files."""
    rendered = dict(_copied())
    values = {
        **answers.model_dump(),
        "answers": yaml.safe_dump({"release": release(), **answers.model_dump(mode="json")}, sort_keys=False).rstrip(),
        "distribution": DISTRIBUTION,
        "release": release(),
    }
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True, autoescape=False)  # noqa: S701  no HTML
    for file in sorted(path for path in _TEMPLATE.rglob(f"*{_SUFFIX}") if path.is_file()):
        path = file.relative_to(_TEMPLATE).as_posix().removesuffix(_SUFFIX)
        rendered[path] = environment.from_string(file.read_text(encoding="utf-8")).render(values).encode()
    for stack, config in _environments(answers).items():
        rendered[f"Pulumi.{stack}.yaml"] = environment_files.rendered(stack, config).encode()
    rendered[CODE_OWNERS] = code_owners_text(dict.fromkeys(ENVIRONMENTS, answers.code_owners)).encode()
    return dict(sorted(rendered.items()))


def _copied() -> Iterator[tuple[str, bytes]]:
    for name in COPIED:
        top = PLATFORM / name
        for file in [top] if top.is_file() else sorted(top.rglob("*")):
            if file.is_file() and not _UNWANTED & set(file.parts):
                yield file.relative_to(PLATFORM).as_posix(), file.read_bytes()


def _environments(answers: Answers) -> dict[str, dict[str, Any]]:
    """Return the configurations of dev and prod; tables, thresholds and schedules are those of the reference environment."""
    model = environment_files.read(PLATFORM, "dev")[environment_files.SECTION]
    asked = client.Answers(environments=ENVIRONMENTS, **answers.model_dump())
    return client.configurations(asked, model)


def write(directory: Path, answers: Answers) -> list[str]:
    """Write a new repository and return its paths; raises GroundworkError where the directory has files already."""
    if (directory.is_dir() and any(path.name != ".git" for path in directory.iterdir())) or directory.is_file():
        raise GroundworkError(
            "directory-exists",
            f"{directory} has files already",
            "name a new directory; `groundwork upgrade` updates a repository",
        )
    rendered = render(answers)
    for path, content in rendered.items():
        _write(directory / path, content)
    return list(rendered)


def read_answers(file: Path) -> tuple[str, Answers]:
    """Return the release and the answers in a repository's file; raises GroundworkError where it cannot be read."""
    try:
        recorded = dict(yaml.safe_load(file.read_text(encoding="utf-8")))
        made_by = str(recorded.pop("release"))
    except FileNotFoundError:
        raise GroundworkError(
            "answers-not-found", f"there is no {file}", "change into a repository that `groundwork init` created"
        ) from None
    except (OSError, ValueError, TypeError, KeyError, yaml.YAMLError) as error:
        raise GroundworkError(
            "answers-unreadable", f"{file} cannot be read: {error}", f"restore the file: `git checkout {file.name}`"
        ) from error
    return made_by, Answers.parse(recorded)


def upgrade(repository: Path, base: Mapping[str, bytes], new: Mapping[str, bytes]) -> list[Change]:
    """Return what changes when a repository that began as `base` becomes one of the release that renders `new`."""
    changes = []
    for path in sorted(base.keys() | new.keys()):
        file = repository / path
        change = _merged(path, base.get(path), new.get(path), file.read_bytes() if file.is_file() else None)
        if change is not None:
            changes.append(change)
    return changes


def apply(repository: Path, changes: list[Change]) -> None:
    """Write the changes of an upgrade."""
    for change in changes:
        if change.after is None:
            (repository / change.path).unlink(missing_ok=True)
        elif change.after != change.before:
            _write(repository / change.path, change.after)


# decision 26: a three-way merge, whose base the old release itself renders
def _merged(path: str, base: bytes | None, new: bytes | None, local: bytes | None) -> Change | None:
    """Return what becomes of one file: None where the release changes nothing, or where the file is as the release has it."""
    if new in (base, local):
        return None
    if local == base:
        action = "add" if base is None else "delete" if new is None else "update"
        return Change(path=path, action=action, before=local, after=new)
    if local is None or new is None:
        return Change(path=path, action="keep", before=local, after=local)
    if any(_text(content) is None for content in (base or b"", new, local)):
        return Change(path=path, action="keep", before=local, after=local)
    text, conflicts = _merge_file(base or b"", new, local)
    return Change(path=path, action="conflict" if conflicts else "merge", before=local, after=text)


def _merge_file(base: bytes, new: bytes, local: bytes) -> tuple[bytes, bool]:
    """Return git's merge of a file, and whether it has conflicts, which it marks as in a merge of branches."""
    with tempfile.TemporaryDirectory(prefix="groundwork-upgrade-") as name:
        paths = [Path(name, side) for side in ("local", "base", "new")]
        for path, content in zip(paths, (local, base, new), strict=True):
            path.write_bytes(content)
        labels = [word for label in ("local", "base", "release") for word in ("-L", label)]
        done = subprocess.run(["git", "merge-file", "-p", *labels, *map(str, paths)], capture_output=True, check=False)
    if not 0 <= done.returncode < 128:  # noqa: PLR2004  git: the number of conflicts, up to 127
        raise GroundworkError(
            "merge-failed", f"git merge-file failed: {done.stderr.decode().strip()}", "correct it, and run the upgrade again"
        )
    return done.stdout, done.returncode > 0


def _text(content: bytes | None) -> str | None:
    """Return a file's text, "" where it does not exist; None where it is not text."""
    try:
        text = (content or b"").decode()
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
