"""What a pushed pipeline is put through, as a build does it: in the checkout, by the platform's own code."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from groundwork.checks import compiling, processes, testing
from groundwork.checks.folder import check_folder
from groundwork.contract.deployment import Deployment
from groundwork.errors import GroundworkError
from groundwork.notebook.paths import pushed_pipelines
from groundwork.twin.core.store import Store

ROOT = Path(__file__).parents[3]
BUCKET = "northwind-ml-dev-candidates"
FOLDER = "candidate-01/forecasting-0123456789ab"
PIPELINE = """
from kfp import dsl

@dsl.component(install_kfp_package=False)
def nothing():
    pass

@dsl.pipeline
def forecasting():
    nothing()
"""
DEPLOYMENT = Deployment(
    name="forecasting-0123456789ab",
    pipeline="forecasting",
    project="northwind-ml-dev",
    region="europe-west2",
    dataset="northwind-ml-dev.forecasting_0123456789ab",
    raw="northwind-ml-dev.known",
    artifacts=f"gs://{BUCKET}/{FOLDER}",
    runner="candidate-01@northwind-ml-dev.iam.gserviceaccount.com",
    topic="projects/northwind-ml-dev/topics/notifications",
    owners=(),
    holdout_weeks=0,
)


@dataclass(frozen=True)
class Pushed:
    """A checkout of a commit, and a twin."""

    checkout: Path
    twin: Path

    def write(self, name: str, text: str) -> Path:
        file = self.checkout / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def checked(self, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST"))}
        own = {"GROUNDWORK_PLATFORM": f"twin:{self.twin}"}
        words = ["--deployment", DEPLOYMENT.model_dump_json(), "--workspace", ".", "--build", "build-1"]
        return subprocess.run(
            [sys.executable, "-P", "-m", "groundwork.checks", *words],
            cwd=self.checkout, env={**environment, **own, **variables}, capture_output=True, text=True, check=False,
        )  # fmt: skip


@pytest.fixture
def pushed(tmp_path: Path) -> Pushed:
    made = Pushed(tmp_path / "checkout", tmp_path / "twin")
    store = Store(made.twin)
    store.put("gcp:storage/bucket:Bucket", BUCKET, {"name": BUCKET, "project": "northwind-ml-dev"}, ready=True)
    (made.twin / "buckets" / BUCKET).mkdir(parents=True)
    made.write("pipelines/forecasting/pipeline.py", PIPELINE)
    return made


def refused(pushed: Pushed) -> tuple[str, str]:
    with pytest.raises(GroundworkError) as error:
        check_folder(pushed.checkout, "forecasting")
    return error.value.code, error.value.message


def test_the_shipped_pipeline_passes_and_its_compiled_form_is_kept_with_its_digest(pushed: Pushed) -> None:
    shutil.rmtree(pushed.checkout / "pipelines")
    ignored = shutil.ignore_patterns("__pycache__", "sample")
    shutil.copytree(ROOT / "pipelines/forecasting", pushed.checkout / "pipelines/forecasting", ignore=ignored)
    done = pushed.checked()
    assert done.returncode == 0, done.stderr
    kept = pushed.twin / "buckets" / BUCKET / FOLDER / "executions/build-1/pipeline.yaml"
    assert f"sha256:{hashlib.sha256(kept.read_bytes()).hexdigest()}" in done.stdout
    assert yaml.safe_load(kept.read_text())["pipelineInfo"]["name"] == "forecasting"
    assert "tests: 3 passed in" in done.stdout


@pytest.mark.parametrize(
    ("file", "text", "code", "said"),
    [
        (
            "pipelines/forecasting/a.py",
            "x = (\n",
            "python-syntax-invalid",
            "pipelines/forecasting/a.py, line 1: '(' was never closed",
        ),
        ("pipelines/forecasting/pipeline.py", "import gone\n", "pipeline-invalid", "No module named 'gone'"),
        (
            "pipelines/forecasting/pipeline.py",
            "x = 1\n",
            "pipeline-invalid",
            "no `@dsl.pipeline` called forecasting; it has none",
        ),
        ("pipelines/forecasting/tests/test_a.py", "def test_it():\n    assert 1 == 2\n", "tests-failed", "assert 1 == 2"),
        ("pipelines/forecasting/tests/conftest.py", "raise OSError('no')\n", "tests-failed", "OSError: no"),
    ],
)
def test_each_failure_is_one_clear_error(pushed: Pushed, file: str, text: str, code: str, said: str) -> None:
    pushed.write(file, text)
    done = pushed.checked()
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\nhint: ") == 1
    assert f"({code})" in done.stderr
    assert said in done.stderr


def test_pushed_code_uses_the_platforms_and_nothing_else_of_the_commit(pushed: Pushed) -> None:
    """Neither its `groundwork`, nor its tests' configuration; and a plugin that it names is not loaded."""
    for name in ("groundwork/__init__.py", "conftest.py", "kfp/__init__.py", "pytest.py", "sitecustomize.py"):
        pushed.write(name, "raise RuntimeError('pushed')\n")
    for name in ("pytest.ini", "tox.ini"):
        pushed.write(name, "[pytest]\naddopts = --gone\n")
    pushed.write("pyproject.toml", "[tool.pytest.ini_options]\naddopts = '--gone'\n")
    where = "import groundwork, pipelines.forecasting.pipeline as own\n\ndef test_where():\n"
    pushed.write(
        "pipelines/forecasting/tests/test_where.py",
        f"{where}    assert groundwork.__file__ == {str(ROOT / 'groundwork/__init__.py')!r}\n"
        f"    assert own.__file__ == {str(pushed.checkout / 'pipelines/forecasting/pipeline.py')!r}\n",
    )
    done = pushed.checked(PYTEST_ADDOPTS="--gone")
    assert done.returncode == 0, done.stderr
    assert "tests: 1 passed" in done.stdout


def test_what_the_checks_run_is_the_candidate_and_cannot_change_what_evaluates_it(pushed: Pushed) -> None:
    """It may rewrite its own checkout; the platform's lies elsewhere and is untouched."""
    evaluating = [ROOT / name for name in ("groundwork/factory/gate.py", "pipelines/forecasting/evaluation/evaluate.py")]
    before = [file.read_bytes() for file in evaluating]
    rewrite = (
        "\nfrom pathlib import Path\n"
        "for name in ('groundwork/factory/gate.py', 'pipelines/forecasting/evaluation/evaluate.py'):\n"
    )
    here = f"    file = Path({str(pushed.checkout)!r}, name)\n    file.parent.mkdir(parents=True, exist_ok=True)\n"
    pushed.write("pipelines/forecasting/pipeline.py", f"{PIPELINE}{rewrite}{here}    file.write_text('raise SystemExit(0)')\n")
    assert pushed.checked().returncode == 0
    assert (pushed.checkout / "groundwork/factory/gate.py").read_text() == "raise SystemExit(0)"
    assert [file.read_bytes() for file in evaluating] == before


def test_a_pipeline_without_tests_is_said_to_have_none(pushed: Pushed) -> None:
    done = pushed.checked()
    assert done.returncode == 0, done.stderr
    assert "the pipeline has no tests\n" in done.stdout


@pytest.mark.parametrize("target", ["/etc/passwd", "../../outside.py", "gone.py", "loop.py", "/dev/zero", ".."])
def test_a_link_that_leads_out_is_refused_before_anything_runs(pushed: Pushed, target: str) -> None:
    pushed.write("outside.py", "")
    (pushed.checkout / "pipelines/forecasting/loop.py").symlink_to(target)
    code, message = refused(pushed)
    assert code == "file-outside"
    assert message == "pipelines/forecasting/loop.py is not a file of the pipeline: its target is outside of the folder"


@pytest.mark.parametrize("link", ["pipelines", "pipelines/forecasting"])
def test_a_folder_that_is_a_link_is_refused(pushed: Pushed, link: str) -> None:
    (pushed.checkout / link).rename(pushed.checkout / "elsewhere")
    (pushed.checkout / link).symlink_to(pushed.checkout / "elsewhere")
    assert refused(pushed)[0] == "file-outside"


def test_a_link_within_the_folder_and_files_that_are_no_python_are_fine(pushed: Pushed) -> None:
    pushed.write("pipelines/forecasting/notes.txt", "x = (")
    (pushed.checkout / "pipelines/forecasting/same.py").symlink_to("pipeline.py")
    assert check_folder(pushed.checkout, "forecasting") == 3


@pytest.mark.parametrize("source", [b"\x00", b"\xff\xfe", b"(" * 100_000, b"x = " + b"-" * 100_000 + b"1"])
def test_bytes_that_are_no_python_are_one_error(pushed: Pushed, source: bytes) -> None:
    (pushed.checkout / "pipelines/forecasting/a.py").write_bytes(source)
    code, message = refused(pushed)
    assert code == "python-syntax-invalid"
    assert "\n" not in message


def test_no_folder_is_refused(pushed: Pushed) -> None:
    shutil.rmtree(pushed.checkout / "pipelines/forecasting")
    assert refused(pushed) == ("pipeline-not-found", "there is no folder pipelines/forecasting")


def test_what_takes_too_long_is_ended_with_all_that_it_started(
    pushed: Pushed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that it leaves behind would otherwise keep the build's output open for ever."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    path = pushed_pipelines(pushed.checkout, scratch)
    forever = "import subprocess, sys, time; subprocess.Popen(['sleep', '600']); print('began', flush=True); time.sleep(600)"
    ended = processes.run_python(["-c", forever], path=path, scratch=scratch, seconds=1)
    assert (ended.code, ended.tail) == (None, "began")
    slow = processes.Done(code=None, tail="began")
    monkeypatch.setattr(compiling, "run_python", lambda *_, **__: slow)
    monkeypatch.setattr(testing, "run_python", lambda *_, **__: slow)
    with pytest.raises(GroundworkError, match=r"pipeline\.py did not compile in 120 s"):
        compiling.compile_pipeline("forecasting", path=path, scratch=scratch)
    pushed.write("pipelines/forecasting/tests/test_a.py", "")
    with pytest.raises(GroundworkError, match="did not end in 120 s"):
        testing.run_tests(pushed.checkout / "pipelines/forecasting", path=path, scratch=scratch)


def test_the_build_tells_pushed_code_of_its_deployment_and_of_nothing_else() -> None:
    builds = {name: yaml.safe_load((ROOT / f"cloudbuild/{name}.yaml").read_text()) for name in ("checks", "candidate")}
    steps = [step for build in builds.values() for step in build["steps"]]
    assert [step["id"] for step in steps] == ["checks", "execute"]
    assert not any(step.get("env") for step in steps)
    assert all({"-P", "--deployment=${_DEPLOYMENT}"} <= set(step["args"]) for step in steps)
    assert "_FACTORY" not in json.dumps(builds)


OVERWRITES = """
from groundwork import connect
from groundwork.sdk.platform import Deployment

def test_it():
    with connect().objects.open(f"{Deployment.current().artifacts}/executions/build-1/pipeline.yaml", "wb") as file:
        file.write(b"image: another")
"""


def test_a_test_has_no_say_in_what_the_pipeline_compiles_to(pushed: Pushed) -> None:
    pushed.write("pipelines/forecasting/tests/test_a.py", OVERWRITES)
    done = pushed.checked()
    assert done.returncode == 0, done.stderr
    kept = pushed.twin / "buckets" / BUCKET / FOLDER / "executions/build-1/pipeline.yaml"
    assert yaml.safe_load(kept.read_text())["pipelineInfo"]["name"] == "forecasting"
