"""The client's repository on this machine."""

from __future__ import annotations

from pathlib import Path

from groundwork.errors import GroundworkError


def checkout(start: Path | None = None) -> Path:
    """Return the checkout that contains a folder (default: the current one); raises GroundworkError outside of any checkout."""
    folder = (start or Path.cwd()).resolve()
    for parent in (folder, *folder.parents):
        if (parent / "Pulumi.yaml").is_file() and (parent / "__main__.py").is_file():
            return parent
    raise GroundworkError(
        "checkout-not-found", f"{folder} is not inside a checkout of the project", "change into the folder that has `Pulumi.yaml`"
    )
