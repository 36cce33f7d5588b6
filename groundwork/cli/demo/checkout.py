"""A data scientist's clone of the client's repository, for the demo to work in."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

from groundwork.cli.output import say
from groundwork.errors import GroundworkError
from groundwork.twin.github.git import git

NOTEBOOK = "pipelines/forecasting/notebook.ipynb"
AUTHOR = {
    "GIT_AUTHOR_NAME": "Ada Field",
    "GIT_AUTHOR_EMAIL": "ada@northwind.example",
    "GIT_COMMITTER_NAME": "Ada Field",
    "GIT_COMMITTER_EMAIL": "ada@northwind.example",
}
SETTINGS = {"commit.gpgSign": "false", "protocol.file.allow": "always", "push.gpgSign": "false"}
"""Settings of a clone of the twin, independent of a person's own: a push to a folder cannot be signed, for example."""
HORIZONS = (12, 13, 11)
"""Weeks to forecast, in turn. For more weeks, the sample's history is too short to backtest the better models."""


def clone(repository: Path, folder: Path) -> Path:
    """Return an up-to-date clone of a repository of the twin, which is its remote `twin`."""
    if not (folder / ".git").exists():
        _clone(repository, folder)
    places = {"core.hooksPath": str(folder / ".git/hooks"), "remote.twin.url": str(repository)}  # it may have been moved
    for name, value in {**SETTINGS, **places}.items():
        git(folder, "config", name, value)
    git(folder, "fetch", "--quiet", "--prune", "twin")
    return folder


def _clone(repository: Path, folder: Path) -> None:
    """Clone under a temporary name first, so that a killed clone is not used."""
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    git(folder.parent, "clone", "--quiet", "--origin", "twin", str(repository), str(unfinished))
    unfinished.rename(folder)


def change_notebook(work: Path, branch: str, models: str | None = None) -> tuple[int, int]:
    """Commit another horizon (and other `models = …`) to the notebook on a branch; return the old and the new horizon.

    The branch continues from its last push, with the new commits of `main`. Uncommitted changes in the clone are stashed. The new
    horizon differs from that of `release` too: the same file again would merge as no change, and nothing would be evaluated.
    """
    if git(work, "status", "--porcelain"):
        git(work, "stash", "push", "--quiet", "--include-untracked", **AUTHOR)
        say(f"   stashed the uncommitted changes in {work}; `git stash pop` restores them")
    pushed = git(work, "branch", "--remotes", "--list", f"twin/{branch}").strip()
    git(work, "checkout", "--quiet", "-B", branch, f"twin/{branch}" if pushed else "twin/main")
    git(work, "merge", "--quiet", "--no-edit", "-X", "ours", "twin/main", **AUTHOR)
    before, after = _change(work / NOTEBOOK, models, _horizon(_released(work)))
    message = f"Forecast {after} weeks ahead{' with fewer models' if models else ''}"
    git(work, "commit", "--quiet", "--message", message, NOTEBOOK, **AUTHOR)
    return before, after


def _released(work: Path) -> str:
    """Return the notebook of `release`, where a demo that was stopped may have left a horizon; "" before that branch exists."""
    there = git(work, "branch", "--remotes", "--list", "twin/release").strip()
    return git(work, "show", f"twin/release:{NOTEBOOK}") if there else ""


def _horizon(notebook: str) -> int | None:
    match = re.search(r"horizon = (\d+)", notebook)
    return int(match[1]) if match else None


def _change(file: Path, models: str | None, released: int | None) -> tuple[int, int]:
    notebook = json.loads(file.read_text())
    for cell in notebook["cells"]:
        if "parameters" in cell["metadata"].get("tags", []):
            source = "".join(cell["source"])
            if match := re.search(r"^horizon = (\d+)", source, re.MULTILINE):
                before = int(match[1])
                after = next(weeks for weeks in HORIZONS if weeks not in {before, released})
                source = source[: match.start(1)] + str(after) + source[match.end(1) :]
                if models:
                    source = re.sub(r"^models = .*$", models, source, flags=re.MULTILINE)
                cell["source"] = source.splitlines(keepends=True)
                file.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n")
                return before, after
    raise GroundworkError(
        "horizon-not-found",
        f"{file} has no parameters cell that sets `horizon`",
        "add `horizon = 12` to the cell tagged `parameters`",
    )
