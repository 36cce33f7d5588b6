"""Which notebook a commit is about, and where a checkout has it."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from groundwork.errors import GroundworkError
from groundwork.notebook.which import notebook_in, which_notebook

OWN = "pipelines/forecasting/notebook.ipynb"


@pytest.mark.parametrize(
    ("changed", "chosen"),
    [
        (["pipelines/forecasting/deep/new.ipynb", "pipelines/forecasting/pipeline.py"], "pipelines/forecasting/deep/new.ipynb"),
        (["pipelines/forecasting/pipeline.py", "pipelines/other/notebook.ipynb", "notebook.ipynb"], OWN),
        (["pipelines/forecasting/.ipynb_checkpoints/a.ipynb", "pipelines/forecasting2/notebook.ipynb"], OWN),
        ([], OWN),
    ],
)
def test_it_is_the_one_that_changed_or_the_pipelines_own(changed: list[str], chosen: str) -> None:
    assert str(which_notebook(changed, "forecasting")) == chosen


def test_two_are_refused_and_listed() -> None:
    with pytest.raises(GroundworkError) as error:
        which_notebook([OWN, "pipelines/forecasting/a\x1b[31m.ipynb"], "forecasting")
    assert str(error.value) == (
        "2 notebooks changed: pipelines/forecasting/a.ipynb, pipelines/forecasting/notebook.ipynb (notebook-ambiguous)\n"
        "hint: split the change: push each notebook on a separate branch"
    )


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "checkout/pipelines/forecasting").mkdir(parents=True)
    (tmp_path / "checkout" / OWN).write_text("{}")
    (tmp_path / "checkout/elsewhere.ipynb").write_text("{}")
    return tmp_path / "checkout"


def refused(checkout: Path, notebook: str) -> str:
    with pytest.raises(GroundworkError) as error:
        notebook_in(checkout, PurePosixPath(notebook), "forecasting")
    return error.value.code


def test_a_notebook_is_a_file_of_the_pipelines_folder(checkout: Path) -> None:
    assert notebook_in(checkout, PurePosixPath(OWN), "forecasting") == (checkout / OWN).resolve()
    assert refused(checkout, "pipelines/forecasting/gone.ipynb") == "notebook-not-found"
    for outside in ("elsewhere.ipynb", "pipelines/forecasting/../../elsewhere.ipynb", "pipelines/forecasting", "/etc/passwd"):
        assert refused(checkout, outside) == "notebook-outside"


@pytest.mark.parametrize("link", [OWN, "pipelines/forecasting"])
def test_a_link_is_no_notebook(checkout: Path, tmp_path: Path, link: str) -> None:
    outside = tmp_path / "outside"
    (checkout / "pipelines/forecasting").rename(outside)
    (checkout / "pipelines/forecasting").mkdir()
    if link == OWN:
        (checkout / OWN).symlink_to(outside / "notebook.ipynb")
    else:
        (checkout / link).rmdir()
        (checkout / link).symlink_to(outside)
    assert refused(checkout, OWN) == "notebook-outside"
