"""From a push to production and back, as the demo shows it; what must hold of it afterwards. One twin for all of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from groundwork import connect
from groundwork.cli.demo.seed_twin import CREDENTIALS
from groundwork.cli.demo.snapshot import differences, snapshot
from groundwork.twin.core.store import Store
from tests.e2e.grants import NOT_HERE, grants
from tests.e2e.workplace import NOTEBOOK, Workplace, clean

REPOSITORY = "repositories/northwind/forecasting.git"
CANARY = "canary-6f1d0c3a9b"
"""A secret of whoever pushes and decides."""
SIDE_FILES = ("-shm", "-wal")

SCHEDULED = """
import os, sys
from pathlib import Path
from groundwork.adapters import connect
from groundwork.cli.context import command_context
from groundwork.contract.variables import DEPLOYMENT_VARIABLE, IDENTITY_VARIABLE
from groundwork.notebook.execute import execute

place, notebook = command_context(), Path(sys.argv[2]).resolve()
chosen = place.deployment(sys.argv[1])
own = {IDENTITY_VARIABLE: chosen.runner, DEPLOYMENT_VARIABLE: chosen.model_dump_json()}
os.environ.update({**place.session.variables(), **own})
execute(notebook, workspace=Path.cwd(), deployment=chosen, platform=connect.connect(), execution="by-schedule", say=print)
"""
"""The pipeline, run as the schedule has it run: on the twin no time passes by itself."""

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("demo")]


@pytest.fixture(scope="module")
def place(fresh: Callable[[], Workplace]) -> Workplace:
    return fresh()


@pytest.fixture(scope="module")
def demo(place: Workplace) -> CompletedProcess[str]:
    command = [place.python, "-P", "-m", "groundwork", "demo"]
    return place.run(*command, env={**clean(), "GROUNDWORK_CANARY": CANARY, "AWS_SECRET_ACCESS_KEY": CANARY})


def promotions(place: Workplace, stack: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(place.groundwork("status", "--all", "--json", "-e", stack).stdout)
    return found


def test_a_rejection_leaves_no_trace_that_an_outsider_could_find(demo: CompletedProcess[str]) -> None:
    (compared, differences) = re.findall(r"before the push and after the rejection: (\d+) things compared, (\d+)", demo.stdout)[0]

    assert int(compared) > 100
    assert "0" == differences
    (while_evaluated,) = re.findall(
        r"the candidate, until the review decision: \d+ things compared, (\d+) differences", demo.stderr
    )
    assert int(while_evaluated) > 5, "the comparison sees what is kept of a candidate"


def test_production_serves_what_was_approved_and_then_what_served_before(demo: CompletedProcess[str], place: Workplace) -> None:
    assert ["2", "1"] == re.findall(r"^version (\d) serves", demo.stdout, re.MULTILINE)
    served = json.loads(
        place.groundwork("query", "SELECT version, candidate FROM serving ORDER BY sequence", "-e", "prod", "--json").stdout
    )
    assert ["1", "2", "1"] == [row["version"] for row in served]
    assert "forecasting-rollback-3" == served[-1]["candidate"]


def test_every_promotion_ended_as_people_decided(place: Workplace) -> None:
    assert {"rejected", "promoted"} == {each["state"] for each in promotions(place, "dev")}
    assert ["promoted"] * 3 == [each["state"] for each in promotions(place, "prod")]


def test_no_candidate_has_left_a_stack_an_object_or_a_lease(place: Workplace) -> None:
    buckets = place.twin / "buckets"

    assert [] == [path for path in (place.twin / "state").rglob("*") if "groundwork-candidate" in str(path) and path.is_file()]
    assert [] == [path for path in buckets.glob("*-candidates/**/*") if path.is_file()]
    assert [] == list(buckets.glob("*-records/leases/*"))


def test_the_environments_are_as_the_program_says(place: Workplace) -> None:
    for stack in ("dev", "prod"):
        place.pulumi("preview", "--stack", stack, "--expect-no-changes")


def test_neither_environment_sees_a_change_in_the_other(place: Workplace) -> None:
    place.pulumi("refresh", "--stack", "dev", "--yes", "--expect-no-changes")


def test_a_push_fires_one_environment_at_the_most(place: Workplace) -> None:
    """A push to `main` belongs to production, one to `feature/…` to development."""
    triggers = [given for _, given in Store(place.twin).all("gcp:cloudbuild/trigger:Trigger")]
    branches = {
        (given["project"], given["repositoryEventConfig"]["push"]["branch"])
        for given in triggers
        if "push" in given.get("repositoryEventConfig", {})
    }

    assert {("northwind-ml-dev", "^feature/.+$|^release$"), ("northwind-ml-prod", "^main$")} == branches


def test_the_audit_tells_who_decided_what_and_why(place: Workplace) -> None:
    told = place.groundwork("history", "-e", "dev").stdout

    for words in ("ada@northwind.example", "grace@northwind.example", "worse where it matters", "ready for the shops"):
        assert words in told
    place.groundwork("audit", "verify", "-e", "dev")


def content(path: Path) -> bytes:
    """Return what a file holds; SQLite takes its side files away with the last connection, with nothing in them by then."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        if path.name.endswith(SIDE_FILES):
            return b""
        raise


@pytest.mark.parametrize("secret", [CANARY, *CREDENTIALS.values()])
def test_a_secret_is_in_clear_nowhere(demo: CompletedProcess[str], place: Workplace, secret: str) -> None:
    """Builds get an environment made from nothing, and the twin keeps secrets in files that only their owner may read."""
    assert secret not in demo.stdout + demo.stderr
    files = [path for path in place.twin.rglob("*") if path.is_file() and path.relative_to(place.twin).parts[0] != "secrets"]
    assert len(files) > 300
    side_files_first = sorted(files, key=lambda path: not path.name.endswith(SIDE_FILES))
    assert [] == [path for path in side_files_first if secret.encode() in content(path)]


@pytest.mark.deep
def test_nobody_evaluates_a_change_of_their_own(place: Workplace) -> None:
    """Grace is a reviewer, too; a pull request of hers to the last branch is evaluated like a push, and is for Alan to decide."""
    before = snapshot(place.twin, without=["hotfix/own"])
    work = place.commit("hotfix/own", lambda work: (work / NOTEBOOK).write_text((work / NOTEBOOK).read_text() + "\n"))
    grace = ("-c", "user.email=grace@northwind.example", "-c", "user.name=Grace")
    place.run("git", *grace, "commit", "--amend", "--quiet", "--no-edit", "--reset-author", cwd=work)
    assert "nothing is built" in place.run("git", "push", "twin", "hotfix/own", cwd=work).stderr
    place.groundwork("review", "open", "hotfix/own", "--to", "main", "--as", "grace@northwind.example")
    (waiting,) = json.loads(place.groundwork("status", "--json").stdout)
    assert ("hotfix/own", "main") == (waiting["branch"], waiting["target"])
    number = waiting["pull_request"].removeprefix("#")

    own = place.groundwork("review", "approve", number, "--reason", "mine", "--as", "Grace@Northwind.example", check=False)
    stranger = place.groundwork("review", "approve", number, "--reason", "why not", "--as", "eve@elsewhere.example", check=False)
    older = place.groundwork(
        "review", "approve", number, "--reason", "seen", "--as", "alan@northwind.example", "--commit", "0" * 40, check=False
    )

    assert [1, 1, 1] == [done.returncode for done in (own, stranger, older)]
    assert [waiting] == json.loads(place.groundwork("status", "--json").stdout)
    place.groundwork("review", "reject", number, "--reason", "enough", "--as", "alan@northwind.example")
    assert "" == place.groundwork("status").stdout
    (open_still,) = json.loads(place.groundwork("review", "list", "--json").stdout)
    assert (number, "") == (str(open_still["number"]), open_still["report"]), "it is the person's again"
    place.groundwork("review", "close", number, "--reason", "no more", "--as", "grace@northwind.example")
    assert [] == differences(before, snapshot(place.twin, without=["hotfix/own"]))


def test_what_is_rejected_on_the_branch_before_production_leaves_no_trace(place: Workplace) -> None:
    before = snapshot(place.twin, without=["release"])
    work = place.checkout / ".groundwork/clone-release"
    place.git(work.parent, "clone", "--quiet", "--origin", "twin", str(place.twin / REPOSITORY), str(work))
    place.git(work, "checkout", "--quiet", "-b", "release", "twin/release")
    place.push("release", lambda work: (work / NOTEBOOK).write_text((work / NOTEBOOK).read_text() + "\n"))
    (waiting,) = json.loads(place.groundwork("status", "--json").stdout)
    assert ("release", "main") == (waiting["branch"], waiting["target"])
    assert len(differences(before, snapshot(place.twin, without=["release"]))) > 5

    number = waiting["pull_request"].removeprefix("#")
    place.groundwork("review", "reject", number, "--reason", "not this week", "--as", "alan@northwind.example")
    assert [] == differences(before, snapshot(place.twin, without=["release"]))


def test_a_record_that_was_changed_is_found(place: Workplace) -> None:
    record = sorted((place.twin / "buckets/northwind-ml-prod-ledger/promotions").rglob("*.json"))[3]
    written = record.read_bytes()
    record.write_bytes(written.replace(b'"type"', b'"Type"', 1))
    try:
        done = place.groundwork("audit", "verify", "-e", "prod", check=False)
    finally:
        record.write_bytes(written)

    assert 1 == done.returncode
    assert "was changed" in done.stdout


def test_there_is_nothing_before_the_first_champion(place: Workplace) -> None:
    done = place.groundwork("rollback", "-e", "prod", "--reason", "further back", "--as", "grace@northwind.example", check=False)

    assert 1 == done.returncode
    assert "the deployment has had no other champion" in done.stderr


def test_a_stranger_does_not_roll_production_back(place: Workplace) -> None:
    done = place.groundwork("rollback", "-e", "prod", "--reason", "for fun", "--as", "eve@elsewhere.example", check=False)

    assert 1 == done.returncode
    assert "eve@elsewhere.example is not a reviewer" in done.stderr


def test_a_reconciliation_when_nothing_is_to_do_changes_nothing(place: Workplace) -> None:
    before = promotions(place, "dev")

    place.groundwork("reconcile")

    assert before == promotions(place, "dev")


def test_production_is_not_destroyed_while_its_data_are_protected(place: Workplace) -> None:
    """Nothing of it goes: the preview before it finds what is protected."""
    refused = place.pulumi("destroy", "--stack", "prod", "--yes", check=False)

    assert refused.returncode != 0
    assert "protected" in refused.stdout + refused.stderr
    tables = [id_ for id_, _ in Store(place.twin).all("gcp:bigquery/table:Table")]
    assert 5 == len([id_ for id_ in tables if "northwind-ml-prod" in id_])


@pytest.fixture(scope="module")
def everyday(place: Workplace) -> None:
    """Do what the demo does not show: runs as a schedule would start them, a notebook on a Workbench, CI that looks in."""
    for stack in ("dev", "prod"):
        place.run(place.python, "-P", "-c", SCHEDULED, stack, NOTEBOOK)
    place.groundwork("try", NOTEBOOK)
    project = "northwind-ml-{}.iam.gserviceaccount.com".format
    ada = connect(f"twin:{place.twin}", identity=f"ada-workbench@{project('dev')}").warehouse
    for table in ("training_views.sales", "forecasting.forecasts"):
        assert 1 == len(ada.query("SELECT COUNT(*) AS n FROM t", tables={"t": f"northwind-ml-dev.{table}"}))
    assert connect(f"twin:{place.twin}", identity=f"outside-ci@{project('prod')}").builds.builds()


def test_what_is_tried_goes_where_nothing_else_reads_it(place: Workplace) -> None:
    tables = ("forecasts", "accuracy", "serving")
    count = " UNION ALL ".join(f"SELECT '{table}' AS t, COUNT(*) AS n FROM {table}" for table in tables)  # noqa: S608  our own
    before = place.query(count)

    place.groundwork("try", NOTEBOOK)

    assert before == place.query(count)
    tried = json.loads(place.groundwork("query", "SELECT series FROM forecasts", "--scratch", "--json").stdout)
    assert {"1_1"} < {row["series"] for row in tried}


def test_nothing_is_tried_in_production_and_nothing_is_written_there(place: Workplace) -> None:
    before = snapshot(place.twin)

    refused = place.groundwork("try", NOTEBOOK, "-e", "prod", check=False)

    assert refused.returncode == 1
    assert "the environment `prod` has no scratch dataset, because it protects its data" in refused.stderr
    assert differences(before, snapshot(place.twin)) == []


@pytest.mark.usefixtures("everyday")
@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_without_any_single_grant_of_a_program_something_above_would_have_been_refused(place: Workplace, stack: str) -> None:
    """Each was at least once the only one to allow what was asked for; `policy.require` writes that down where it decides.

    What is listed as not needed here has to be there, and really not needed: a list that is out of date fails as well.
    """
    found = {name: used for name, used in grants(Store(place.twin)).items() if name.startswith(f"{stack}:")}

    assert 20 < len(found)
    assert sorted(name for name in NOT_HERE if name.startswith(f"{stack}:")) == sorted(
        name for name, used in found.items() if not used
    )
