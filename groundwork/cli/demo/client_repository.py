"""The client's repository that the demo uses when it runs from a checkout of the platform."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from groundwork.errors import GroundworkError
from groundwork.onboarding import client_repository, environment_files
from groundwork.twin.github.git import ask, git, output

_PLATFORM = "groundwork/templates"
"""A folder that a checkout of the platform has, and a client's repository has not."""
_AUTHOR = {
    "GIT_AUTHOR_NAME": "Platform",
    "GIT_AUTHOR_EMAIL": "platform@northwind.example",
    "GIT_COMMITTER_NAME": "Platform",
    "GIT_COMMITTER_EMAIL": "platform@northwind.example",
}
"""The author of the first commits. Has no part in review decisions."""


def client_checkout(checkout: Path, folder: Path) -> Path:
    """Return a checkout of a client's repository: the given one or, for a checkout of the platform, one that is made in `folder`.

    The made one has the environments and pipelines of the checkout's HEAD, and gets a commit for each new HEAD. The caller keeps
    other processes out.
    """
    if not (checkout / _PLATFORM).is_dir():
        return checkout
    head = ask(checkout, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    if head is None:
        raise GroundworkError("commit-missing", f"{checkout} is not a git repository with a commit", "commit all files")
    message = f"Copy the environments and pipelines of {head}"
    if (folder / ".git").is_dir() and ask(folder, "log", "-1", "--format=%s") == message:
        return folder
    folder.mkdir(exist_ok=True)
    git(folder, "init", "--quiet", "--template=", "--initial-branch=main")
    (folder / ".git/index.lock").unlink(missing_ok=True)  # of a killed process
    for old in folder.iterdir():
        if old.name != ".git":
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    for path, content in _files(checkout, head).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    git(folder, "add", "--all")
    # The date of the checkout's commit: the same checkout always gives the same commit, whenever the twin is made anew.
    date = git(checkout, "show", "--no-patch", "--format=%cI", head).strip()
    dates = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
    git(folder, "commit", "--quiet", "--allow-empty", f"--message={message}", **_AUTHOR, **dates)
    return folder


def _files(checkout: Path, head: str) -> dict[str, bytes]:
    """Return the rendered files of a client's repository, with the commit's own files in the place of those that are copied."""
    config = environment_files.parsed(git(checkout, "show", f"{head}:Pulumi.dev.yaml"), "Pulumi.dev.yaml")
    answers = client_repository.Answers.parse({"client": config[environment_files.SECTION]["client"]})
    rendered = client_repository.render(answers).items()
    kept = {path: content for path, content in rendered if path.split("/")[0] not in client_repository.COPIED}
    return kept | {path: output(checkout, "cat-file", "blob", f"{head}:{path}")[1] for path in _own(checkout, head)}


def _own(checkout: Path, head: str) -> Iterator[str]:
    folders = git(checkout, "ls-tree", "-r", "--name-only", "-z", head, "--", ".github/CODEOWNERS", *client_repository.COPIED)
    yield from filter(None, folders.split("\0"))
    top = git(checkout, "ls-tree", "--name-only", "-z", head).split("\0")
    yield from (name for name in top if name.startswith("Pulumi.") and name.endswith(".yaml"))
