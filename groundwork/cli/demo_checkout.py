"""A data scientist's clone of the client's repository, for the demo to work in."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from groundwork.errors import GroundworkError

NOTEBOOK = "pipelines/forecasting/notebook.ipynb"
AUTHOR = ("-c", "user.name=Ada Field", "-c", "user.email=ada@northwind.example")
HORIZONS = range(12, 21)


def clone(repository: Path, folder: Path) -> Path:
    """Return a clone of a repository of the twin, up to date, with the twin as its remote `twin`."""
    if not (folder / ".git").exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        _git(folder.parent, "clone", "--quiet", "--origin", "twin", str(repository), str(folder))
    _git(folder, "fetch", "--quiet", "twin")
    return folder


def change_notebook(work: Path, branch: str, models: str | None = None) -> tuple[int, int]:
    """Commit another horizon (and other `models = …`) to the notebook on a branch; return the old and the new horizon.

    The branch goes on from where it was pushed before, with what came to `main` since.
    """
    known = _git(work, "branch", "--remotes", "--list", f"twin/{branch}")
    _git(work, "checkout", "--quiet", "-B", branch, f"twin/{branch}" if known else "twin/main")
    _git(work, *AUTHOR, "merge", "--quiet", "--no-edit", "-X", "ours", "twin/main")
    before, after = _change(work / NOTEBOOK, models)
    message = f"Forecast {after} weeks ahead{' with fewer models' if models else ''}"
    _git(work, *AUTHOR, "commit", "--quiet", "--message", message, NOTEBOOK)
    return before, after


def _change(file: Path, models: str | None) -> tuple[int, int]:
    notebook = json.loads(file.read_text())
    for cell in notebook["cells"]:
        if "parameters" in cell["metadata"].get("tags", []):
            source = "".join(cell["source"])
            if found := re.search(r"^horizon = (\d+)", source, re.MULTILINE):
                before = int(found[1])
                after = before + 1 if before + 1 in HORIZONS else HORIZONS.start
                source = source[: found.start(1)] + str(after) + source[found.end(1) :]
                if models:
                    source = re.sub(r"^models = .*$", models, source, flags=re.MULTILINE)
                cell["source"] = source.splitlines(keepends=True)
                file.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n")
                return before, after
    raise GroundworkError(
        "no-horizon", f"{file} has no parameters cell that sets `horizon`", "put `horizon = 12` into the cell tagged `parameters`"
    )


def _git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise GroundworkError("git-failed", f"`git {' '.join(words)}` failed: {done.stderr.strip()}", "see git's message")
    return done.stdout.strip()
