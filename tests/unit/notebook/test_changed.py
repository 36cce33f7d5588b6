"""Which notebook a commit is about, from real git."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from groundwork.errors import GroundworkError
from groundwork.notebook.changed import changed_notebook

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

OWN = "pipelines/forecasting/notebook.ipynb"


class Checkout:
    """A repository, compared with its first commit."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit({OWN: "1", "pipelines/forecasting/old.ipynb": "1", "pipelines/other/notebook.ipynb": "1"})
        self.base = self.git("rev-parse", "HEAD")

    def git(self, *arguments: str) -> str:
        who = {f"GIT_{role}_{what}": "ada" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        environment = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, **who}
        done = subprocess.run(["git", *arguments], cwd=self.root, env=environment, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, files: Mapping[str, str | None]) -> None:
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if text is None:
                path.unlink()
            else:
                path.write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "x")

    def chosen(self, base: str | None = None) -> str:
        path = changed_notebook(self.root, pipeline="forecasting", base=self.base if base is None else base)
        return path.relative_to(self.root.resolve()).as_posix()

    def refused(self, base: str | None = None) -> str:
        with pytest.raises(GroundworkError) as error:
            self.chosen(base)
        return error.value.code


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_the_one_that_changed_is_chosen_over_several_commits(checkout: Checkout) -> None:
    checkout.commit({"pipelines/forecasting/deep/new.ipynb": "2"})
    checkout.commit({"pipelines/forecasting/pipeline.py": "2"})
    assert checkout.chosen() == "pipelines/forecasting/deep/new.ipynb"


def test_without_a_changed_one_the_pipelines_own_is_chosen(checkout: Checkout) -> None:
    checkout.commit({"pipelines/forecasting/pipeline.py": "2", "pipelines/other/notebook.ipynb": "2"})
    assert checkout.chosen() == OWN


def test_what_the_target_changed_meanwhile_does_not_count(checkout: Checkout) -> None:
    checkout.commit({"pipelines/forecasting/pipeline.py": "2"})
    checkout.git("switch", "--quiet", "--detach", checkout.base)
    checkout.commit({"pipelines/forecasting/old.ipynb": "3"})
    base = checkout.git("rev-parse", "HEAD")
    checkout.git("switch", "--quiet", "main")
    assert checkout.chosen(base) == OWN


def test_deleted_ones_and_checkpoints_do_not_count(checkout: Checkout) -> None:
    checkout.commit({"pipelines/forecasting/old.ipynb": None, "pipelines/forecasting/.ipynb_checkpoints/a.ipynb": "2"})
    assert checkout.chosen() == OWN


def test_a_renamed_one_counts_once(checkout: Checkout) -> None:
    checkout.git("mv", "pipelines/forecasting/old.ipynb", "pipelines/forecasting/new.ipynb")
    checkout.commit({})
    assert checkout.chosen() == "pipelines/forecasting/new.ipynb"


def test_two_are_refused_and_listed(checkout: Checkout) -> None:
    checkout.commit({OWN: "2", "pipelines/forecasting/a\x1b[31m.ipynb": "2"})
    with pytest.raises(GroundworkError) as error:
        checkout.chosen()
    assert str(error.value) == (
        "2 notebooks changed: pipelines/forecasting/a.ipynb, pipelines/forecasting/notebook.ipynb (two-notebooks)\n"
        "hint: split it: push each on a branch of its own"
    )


def test_without_the_commit_everything_counts(checkout: Checkout) -> None:
    assert checkout.refused("0" * 40) == "two-notebooks"
    checkout.commit({"pipelines/forecasting/old.ipynb": None})
    assert checkout.chosen("0" * 40) == OWN


def test_without_a_common_history_everything_counts(checkout: Checkout) -> None:
    checkout.git("switch", "--quiet", "--orphan", "new")
    checkout.commit({"pipelines/forecasting/new.ipynb": "2"})
    assert checkout.chosen() == "pipelines/forecasting/new.ipynb"


def test_a_pipeline_without_a_notebook_is_refused(checkout: Checkout) -> None:
    checkout.commit({OWN: None})
    assert checkout.refused() == "no-notebook"


@pytest.mark.parametrize("base", ["--output=/tmp/x", "main", "", "a b", "0" * 41, "HEAD~1"])
def test_a_base_that_is_no_commit_is_refused(checkout: Checkout, base: str) -> None:
    assert checkout.refused(base) == "base"


@pytest.mark.parametrize("link", [OWN, "pipelines/forecasting"])
def test_a_link_is_no_notebook(checkout: Checkout, tmp_path_factory: pytest.TempPathFactory, link: str) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "notebook.ipynb").write_text("{}")
    checkout.git("rm", "-r", "--quiet", link)
    (checkout.root / link).symlink_to(outside / "notebook.ipynb" if link == OWN else outside)
    checkout.commit({})
    assert checkout.refused() == "notebook-elsewhere"
