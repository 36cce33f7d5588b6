"""From a checkout of the platform, the demo pushes a client's repository, not the platform."""

from __future__ import annotations

from pathlib import Path

import pytest

from groundwork.cli.demo.client_repository import _AUTHOR, client_checkout
from groundwork.twin.github.git import git

ROOT = Path(__file__).parents[4]


def test_the_client_s_repository_has_the_checkout_s_environments_and_nothing_of_the_platform(tmp_path: Path) -> None:
    folder = client_checkout(ROOT, tmp_path / "client")
    files = git(folder, "ls-files").split()

    assert len(files) < 60
    assert {"Pulumi.dev.yaml", "Pulumi.prod.yaml", "pipelines/forecasting/notebook.ipynb", "Makefile"} <= set(files)
    assert not [name for name in files if name.startswith(("groundwork/", "stacks/", "components/", "docs/"))]
    for name in ("Pulumi.dev.yaml", "pipelines/forecasting/notebook.ipynb"):
        assert git(ROOT, "show", f"HEAD:{name}") == git(folder, "show", f"HEAD:{name}")


def test_it_gets_a_commit_for_each_head_of_the_checkout(tmp_path: Path) -> None:
    folder = client_checkout(ROOT, tmp_path / "client")
    first = git(folder, "rev-parse", "HEAD")
    assert first == git(client_checkout(ROOT, folder), "rev-parse", "HEAD")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", str(ROOT), str(clone))
    git(clone, "rm", "--quiet", "pipelines/forecasting/report.py")
    git(clone, "commit", "--quiet", "--message", "Remove", **_AUTHOR)

    client_checkout(clone, folder)

    assert first == git(folder, "rev-parse", "HEAD~1")
    assert "D\tpipelines/forecasting/report.py\n" == git(folder, "diff", "--name-status", "HEAD~1")


def test_the_same_checkout_gives_the_same_commit_at_any_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A twin that is made anew is the same twin: tests of killed updates compare every object."""
    heads = []
    for number, date in enumerate(("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z")):
        monkeypatch.setenv("GIT_AUTHOR_DATE", date)
        monkeypatch.setenv("GIT_COMMITTER_DATE", date)
        heads.append(git(client_checkout(ROOT, tmp_path / str(number)), "rev-parse", "HEAD"))
    assert heads[0] == heads[1]
