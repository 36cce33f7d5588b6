"""Which notebook a candidate is about."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path, PurePosixPath

from groundwork.errors import GroundworkError
from groundwork.notebook.which import which_notebook
from groundwork.printable import printable

_EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
_COMMIT = re.compile(r"[0-9a-f]{40}")


def changed_notebook(workspace: Path, *, pipeline: str, base: str) -> Path:
    """Return the notebook to execute for the commit that is checked out in `workspace`.

    It is the one that `which_notebook` names of what changed since the commit parted from the commit `base`. Everything counts as
    changed where there is no such commit or no common history. Raises GroundworkError for two or more.
    """
    folder = PurePosixPath("pipelines", pipeline)
    return _inside(workspace, which_notebook(_changed(workspace, folder, base), pipeline), folder)


def _changed(workspace: Path, folder: PurePosixPath, base: str) -> list[str]:
    if not _COMMIT.fullmatch(base):
        raise GroundworkError(
            "base", f"`{printable(base)}` is no commit to compare with", "give the full hash of one, 40 digits and letters"
        )
    parted = _git(workspace, "merge-base", base, "HEAD").strip() or _EMPTY_TREE
    names = _git(
        workspace,
        "diff-tree",
        "-r",
        "-z",
        "--name-only",
        "--no-renames",
        "--diff-filter=d",
        parted,
        "HEAD",
        "--",
        f":(top,literal){folder}",
    )
    return [name for name in names.split("\0") if name]


def _inside(workspace: Path, notebook: PurePosixPath, folder: PurePosixPath) -> Path:
    path = workspace / notebook
    if not path.exists() and not path.is_symlink():
        raise GroundworkError(
            "no-notebook", f"there is no {notebook}", "commit the notebook that runs the pipeline under this name"
        )
    real = path.resolve()
    if real != workspace.resolve() / notebook or not real.is_file():
        raise GroundworkError(
            "notebook-elsewhere",
            f"{printable(str(notebook))} is not a file in {folder}: it leads elsewhere",
            "commit the notebook itself, no link",
        )
    return real


def _git(workspace: Path, *arguments: str) -> str:
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    done = subprocess.run(
        ["git", *arguments],
        cwd=workspace, env=environment, capture_output=True, text=True, errors="surrogateescape", check=False,
    )  # fmt: skip
    if done.returncode and arguments[0] != "merge-base":
        raise GroundworkError(
            "git", f"git {arguments[0]} failed: {done.stderr.strip()}", "run this in a checkout of the repository"
        )
    return done.stdout if not done.returncode else ""
