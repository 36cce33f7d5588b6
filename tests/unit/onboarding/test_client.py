"""A new client's environments are right from the first file, or nothing is written."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from typer.testing import CliRunner

from groundwork.cli.app import app
from groundwork.contract.variables import TWIN_VARIABLE
from groundwork.errors import GroundworkError
from groundwork.onboarding import conflicts, environment_files

if TYPE_CHECKING:
    from typer.testing import Result

ROOT = Path(__file__).parents[3]
ANSWERS = {
    "--region": "europe-west3",
    "--project-prefix": "acme-ml",
    "--repository": "acme/forecasting",
    "--installation-id": "12345",
    "--reviewers": "rita@acme.example,ralf@acme.example",
    "--owners": "team@acme.example",
}


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder that looks like a checkout, with the shipped environments and no twin."""
    for name in ("Pulumi.yaml", "__main__.py", "Pulumi.dev.yaml", "Pulumi.prod.yaml"):
        shutil.copy(ROOT / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(TWIN_VARIABLE, raising=False)
    return tmp_path


def add(client: str = "acme", /, **changed: str) -> Result:
    answers = {**ANSWERS, **{f"--{name.replace('_', '-')}": value for name, value in changed.items()}}
    return CliRunner().invoke(app, ["client", "add", client, *(word for pair in answers.items() for word in pair)])


def refused(result: Result) -> GroundworkError:
    assert isinstance(result.exception, GroundworkError), result.output
    return result.exception


def listing(checkout: Path) -> dict[str, str]:
    return {file.name: file.read_text() for file in checkout.iterdir() if file.is_file()}


def config(checkout: Path, stack: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = yaml.safe_load((checkout / f"Pulumi.{stack}.yaml").read_text())["config"]
    return found


def test_the_files_of_a_new_client_are_right_as_they_are_written(checkout: Path) -> None:
    result = add()

    assert 0 == result.exit_code, result.output
    assert "Pulumi.acme-dev.yaml\nPulumi.acme-prod.yaml\n" == result.stdout
    assert "next: groundwork check -e acme-dev" in result.stderr
    dev, prod = (
        environment_files.validated(stack, environment_files.read(checkout, stack)) for stack in ("acme-dev", "acme-prod")
    )
    assert ("acme-ml-dev", "acme-ml-prod") == (dev.project, prod.project)
    assert (("feature/*", "release"), ("main",)) == (dev.chain.own_branches, prod.chain.own_branches)
    assert (False, True) == (dev.protect_data, prod.protect_data)
    assert (12, 0) == (dev.holdout.weeks, prod.holdout.weeks)
    assert "https://github.com/acme/forecasting.git" == dev.repository.remote


def test_nothing_of_the_example_s_client_is_in_a_new_client_s_files(checkout: Path) -> None:
    assert 0 == add().exit_code

    assert [] == [name for name, text in listing(checkout).items() if name.startswith("Pulumi.acme") and "northwind" in text]


def test_comments_stand_in_the_files_and_a_placeholder_in_none(checkout: Path) -> None:
    assert 0 == add().exit_code

    text = (checkout / "Pulumi.acme-dev.yaml").read_text()
    assert 8 < text.count("# ")
    assert [] == [word for word in ("TODO", "CHANGE", "xxx", "example.com", "your-") if word in text]


def test_a_file_that_is_there_is_never_written_over_nor_its_neighbour_written(checkout: Path) -> None:
    (checkout / "Pulumi.acme-prod.yaml").write_text("mine")
    before = listing(checkout)

    assert "environment-exists" == refused(add()).code
    assert before == listing(checkout)


def test_a_file_that_appears_meanwhile_stays_and_the_others_are_removed(checkout: Path) -> None:
    (checkout / "Pulumi.b.yaml").write_text("somebody was faster")
    before = listing(checkout)

    with pytest.raises(GroundworkError, match=r"Pulumi\.b\.yaml exists already"):
        environment_files.write(checkout, {"a": "x", "b": "y"})
    assert before == listing(checkout)


@pytest.mark.parametrize(
    ("changed", "code", "part"),
    [
        ({"region": "europe"}, "environment-invalid", "groundwork:environment.region"),
        ({"reviewers": "rita"}, "environment-invalid", "groundwork:environment.reviewers.0"),
        ({"project_prefix": "Acme"}, "environment-invalid", "gcp:project"),
        ({"repository": "https://gitlab.com/acme/x.git"}, "environment-invalid", "groundwork:environment.repository.remote"),
        ({"git_provider_secret": "github-token"}, "environment-invalid", "the same secret"),
        ({"project_prefix": "northwind-ml"}, "client-conflict", "have the same project `northwind-ml-dev`"),
        ({"repository": "northwind/forecasting"}, "client-conflict", "would be evaluated in `acme-dev` and in `dev`"),
        ({"environments": "dev,dev"}, "client-environments-invalid", "names an environment twice"),
        ({"environments": "a,b,c,d"}, "client-branches-invalid", "need a branch each"),
        ({"environments": "../x"}, "environment-name-invalid", "is not a valid name of an environment"),
        ({"like": "nowhere"}, "environment-not-found", "there is no environment `nowhere`"),
    ],
)
def test_a_mistake_is_told_and_nothing_is_written(checkout: Path, changed: dict[str, str], code: str, part: str) -> None:
    before = listing(checkout)

    error = refused(add(**changed))

    assert code == error.code
    assert part in error.message
    assert error.hint
    assert before == listing(checkout)


def test_without_a_terminal_every_missing_answer_is_named(checkout: Path) -> None:
    before = listing(checkout)

    error = refused(CliRunner().invoke(app, ["client", "add", "acme", "--region", "europe-west3"]))

    assert "options are missing: --project-prefix, --repository, --installation-id, --reviewers, --owners" == error.message
    assert before == listing(checkout)


@pytest.mark.usefixtures("checkout")
def test_at_a_terminal_it_asks_for_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("groundwork.cli.client.sys", type("Terminal", (), {"stdin": type("", (), {"isatty": lambda: True})}))
    typed = "\n".join([*list(ANSWERS.values())[:3], "no number", *list(ANSWERS.values())[3:], ""])

    result = CliRunner().invoke(app, ["client", "add", "acme"], input=typed)

    assert 0 == result.exit_code, result.output
    assert "acme/forecasting.git" in Path("Pulumi.acme-dev.yaml").read_text()


@pytest.mark.usefixtures("checkout")
def test_check_tells_what_people_have_to_prepare_and_where() -> None:
    assert 0 == add().exit_code

    result = CliRunner().invoke(app, ["check", "-e", "acme-dev"])

    assert 1 == result.exit_code
    assert "passed  the environment file" in result.stdout
    assert "the secret `github-factory` of acme-ml-dev has no value on the twin in " in result.stdout
    assert "before `pulumi up --stack acme-dev`" in result.stderr


def test_check_tells_mistakes_and_clashes_by_their_codes(checkout: Path) -> None:
    taken = (checkout / "Pulumi.dev.yaml").read_text()
    (checkout / "Pulumi.twice.yaml").write_text(taken)
    (checkout / "Pulumi.wrong.yaml").write_text(taken.replace("client: northwind", "clinet: northwind"))
    (checkout / "Pulumi.torn.yaml").write_text("config: [")

    def found(stack: str) -> set[str]:
        result = CliRunner().invoke(app, ["check", "-e", stack, "--files-only", "--json"])
        assert 1 == result.exit_code
        return {finding["code"] for finding in yaml.safe_load(result.stdout)}

    assert {"project-taken", "branch-taken"} == found("twice")
    assert {"environment-invalid"} == found("wrong") == found("torn")
    assert {"environment-not-found"} == found("nowhere")


@pytest.mark.usefixtures("checkout")
def test_check_ends_with_the_next_command_where_all_is_well() -> None:
    result = CliRunner().invoke(app, ["check", "-e", "prod", "--files-only"])

    assert 0 == result.exit_code, result.output
    assert "no problems found; next: pulumi up --stack prod" in result.stderr


def test_two_environments_whose_buckets_would_have_one_name_are_found(checkout: Path) -> None:
    """Google has each bucket's name once: `a-b` with `c` and `a` with `b-c` meet in it."""
    given = environment_files.read(checkout, "dev")
    section = {key: value for key, value in given[environment_files.SECTION].items() if key != "serving"}
    inner = {**section, "deployments": {"dev-forecasting": section["deployments"]["forecasting"]}}
    other = {**inner, "repository": {**section["repository"], "remote": "https://github.com/a/b.git"}}
    environments = {
        "dev": environment_files.validated("dev", given),
        "other": environment_files.validated(
            "other", {environment_files.PROJECT: "northwind-ml", environment_files.SECTION: other}
        ),
    }

    assert ["bucket-taken"] == [finding.code for finding in conflicts.conflicts(environments, of=["other"])]


@pytest.mark.parametrize("of", ["dev", "prod"])
def test_two_environments_of_a_chain_that_disagree_about_who_decides_are_found(checkout: Path, of: str) -> None:
    """What one's reviewers approve, the other would refuse, and nobody would know why."""
    environments = {
        stack: environment_files.validated(stack, environment_files.read(checkout, stack)) for stack in ("dev", "prod")
    }
    assert [] == conflicts.conflicts(environments, of=[of])
    spelled = environments["prod"].model_copy(update={"reviewers": ("Alan@Northwind.Example", "grace@northwind.example")})
    assert [] == conflicts.conflicts({**environments, "prod": spelled}, of=[of])

    other = environments["prod"].model_copy(update={"reviewers": ("zoe@northwind.example",)})
    (finding,) = conflicts.conflicts({**environments, "prod": other}, of=[of])
    assert "reviewers-conflict" == finding.code
    assert "`dev` names alan@northwind.example, grace@northwind.example as reviewers of changes for `prod`" in finding.message
    assert "Pulumi.dev.yaml" in finding.hint


def test_check_tells_of_reviewers_that_differ(checkout: Path) -> None:
    file = checkout / "Pulumi.dev.yaml"
    file.write_text(re.sub(r"next_reviewers: .*", "next_reviewers: [zoe@northwind.example]", file.read_text()))
    result = CliRunner().invoke(app, ["check", "-e", "prod", "--files-only", "--json"])
    assert ["reviewers-conflict"] == [finding["code"] for finding in yaml.safe_load(result.stdout)]


def test_a_new_clients_environments_agree_about_who_decides(checkout: Path) -> None:
    assert 0 == add(environments="dev,staging,prod").exit_code
    found = {name: config(checkout, f"acme-{name}")[environment_files.SECTION] for name in ("dev", "staging", "prod")}
    assert found["dev"]["next_reviewers"] == found["staging"]["reviewers"]
    assert found["staging"]["next_reviewers"] == found["prod"]["reviewers"]
    assert "next_reviewers" not in found["prod"]


def test_a_copy_is_right_and_takes_no_push_from_its_source(checkout: Path) -> None:
    result = CliRunner().invoke(app, ["environment", "copy", "dev", "staging", "--project", "northwind-ml-staging"])

    assert 0 == result.exit_code, result.output
    made = config(checkout, "staging")[environment_files.SECTION]
    assert ["staging/feature/*", "staging/release"] == made["chain"]["own_branches"]
    assert "/northwind-ml-staging/images/" in made["platform_image"]
    assert 0 == CliRunner().invoke(app, ["check", "-e", "staging", "--files-only"]).exit_code


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--project", "northwind-ml-dev"], "project-taken"),
        (["--project", "northwind-ml-staging", "--branches", "feature/a*,other"], "branch-taken"),
        (["--project", "northwind-ml-staging", "--branches", "one"], "client-branches-invalid"),
        (["--project", "X"], "environment-invalid"),
    ],
)
def test_a_copy_that_would_clash_is_not_written(checkout: Path, options: list[str], code: str) -> None:
    before = listing(checkout)

    assert code == refused(CliRunner().invoke(app, ["environment", "copy", "dev", "staging", *options])).code
    assert before == listing(checkout)


def test_every_comment_explains_a_setting_that_a_new_client_s_file_has(checkout: Path) -> None:
    assert 0 == add().exit_code

    lines = (checkout / "Pulumi.acme-dev.yaml").read_text().splitlines()
    assert [] == [start for start in environment_files._COMMENTS if not any(line.startswith(start) for line in lines)]


def test_the_same_client_is_added_again_where_it_was_not_finished(checkout: Path) -> None:
    assert 0 == add().exit_code
    whole = listing(checkout)
    (checkout / "Pulumi.acme-prod.yaml").unlink()

    result = add()

    assert 0 == result.exit_code, result.output
    assert whole == listing(checkout)
