"""A mistake in an environment's file is one clear error that tells every mistake with its path, before anything is built."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from groundwork.environment import names, validators
from groundwork.environment.file import Environment
from groundwork.errors import GroundworkError

Load = Callable[..., Environment]

DELETED = object()

WHOLE = "groundwork:environment: "
"""How a mistake begins that lies in no one setting."""


def spoilt(section: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Return a copy with one value changed, added or taken out."""
    changed = copy.deepcopy(section)
    *parents, last = path.split(".")
    part: Any = changed
    for key in parents:
        part = part[key]
    if value is DELETED:
        del part[last]
    else:
        part[last] = value
    return changed


def mistakes(load: Load, section: Any, **given: Any) -> list[str]:
    with pytest.raises(GroundworkError) as refused:
        load(section, **given)
    assert refused.value.code == "environment-invalid"
    first, *listed, last = refused.value.message.splitlines()
    assert " has " in first
    assert last == "nothing was changed"
    return [mistake.strip().removeprefix("groundwork:environment.") for mistake in listed]


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_the_files_that_people_deploy_load(load: Load, configuration: Callable[[str], dict[str, str]], stack: str) -> None:
    config = configuration(stack)
    environment = load({}, project=config["gcp:project"], text=config["groundwork:environment"])

    assert ("northwind", f"northwind-ml-{stack}", stack == "prod") == (
        environment.client,
        environment.project,
        environment.protect_data,
    )


def test_every_mistake_is_told_at_once_with_its_path(load: Load, section: dict[str, Any]) -> None:
    section["clinet"] = section.pop("client")
    section["region"] = "europe-west2-a"
    section["protect_data"] = "no"
    section["repository"]["instalation_id"] = section["repository"].pop("installation_id")
    section["deployments"]["forecasting"]["owner"] = section["deployments"]["forecasting"].pop("owners")
    section["holdout"] = {"weeks": "12"}

    assert [
        "client: is missing",
        "region: 'europe-west2-a' is not valid: a region of Google Cloud, like europe-west2; not a zone, nor a multi-region",
        "protect_data: should be a valid boolean, not 'no'",
        "repository.installation_id: is missing",
        "repository.instalation_id: is not a setting; did you mean `installation_id`?",
        "holdout.weeks: should be a valid integer, not '12'",
        "deployments.forecasting.owners: is missing",
        "deployments.forecasting.owner: is not a setting; did you mean `owners`?",
        "clinet: is not a setting; did you mean `client`?",
    ] == mistakes(load, section)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("client", "North Wind", "client: 'North Wind' is not valid"),
        ("chain.branches", ["main"], "chain.branches: needs at least two branches"),
        ("chain.branches", ["feature/*", "feature/*"], "chain.branches: 'feature/*' is not valid: a branch's name in full"),
        ("chain.branches", ["release", "main", "release"], "chain.branches: lists a branch twice"),
        ("chain.branches", ["feature/*", "feature/next", "main"], "chain.branches: 'feature/*' also matches 'feature/next'"),
        ("chain.branches", ["*", "release", "main"], "chain.branches: '*' also matches 'release'"),
        ("chain.branches", ["feature/*", "feature", "main"], "chain.branches: 'feature' and 'feature/*' cannot both exist"),
        ("chain.branches", ["f*x", "main"], "chain.branches: 'f*x' is not valid: a branch's name in full"),
        ("chain.branches", ["--upload-pack=*", "main"], "chain.branches: '--upload-pack=x' is not valid: a branch's name"),
        ("chain.branches", ["a..b", "main"], "chain.branches: 'a..b' is not valid"),
        ("chain.own_branches", [], "chain.own_branches: needs at least one entry"),
        ("chain.own_branches", ["feature/*", "main"], "chain: `own_branches` is not a run of consecutive entries"),
        (
            "chain.own_branches",
            ["release", "feature/*"],
            "chain: `own_branches` is not a run of consecutive entries of `branches`",
        ),
        ("chain.own_branches", ["develop"], "chain: `own_branches` is not a run of consecutive entries of `branches`"),
        (
            "foundation",
            {"create_project": {"billing_account": "0A1B2C-3D4E5F-6A7B8C"}},
            "foundation.create_project: a project is in",
        ),
        (
            "foundation",
            {"create_project": {"folder": "1", "organization": "2", "billing_account": "0A1B2C-3D4E5F-6A7B8C"}},
            "foundation.create_project: a project is in a folder or right below an organisation",
        ),
        (
            "foundation",
            {"create_project": {"folder": "1", "billing_account": "mine"}},
            "foundation.create_project.billing_account: 'mine' is not valid",
        ),
        (
            "foundation",
            {"create_project": {"folder": "x", "billing_account": "0A1B2C-3D4E5F-6A7B8C"}},
            "foundation.create_project.folder: 'x' is not valid",
        ),
        ("foundation", {"create_projct": None}, "foundation.create_projct: is not a setting; did you mean `create_project`?"),
        (
            "secrets",
            {"weather": {"deployments": ["x"]}},
            "groundwork:environment: secrets.weather: there is no deployment `x`: there is forecasting",
        ),
        ("secrets", {"weather": {"deployments": []}}, "secrets.weather.deployments: needs at least one entry"),
        (
            "secrets",
            {"a/b": {"deployments": ["forecasting"]}},
            "secrets.'a/b': 'a/b' is not valid: the name of a secret, without",
        ),
        (
            "secrets",
            {"github-token": {"deployments": ["forecasting"]}},
            "groundwork:environment: secrets.github-token: is a credential of the repository: no pipeline may read it",
        ),
        ("network", {"range": "10.10.0.1/20"}, "network.range: '10.10.0.1/20' is not valid: private addresses"),
        ("network", {"range": "34.0.0.0/20"}, "network.range: '34.0.0.0/20' is not valid: private addresses"),
        ("network", {"range": "10.10.0.0/20", "flowlogs": True}, "network.flowlogs: is not a setting; did you mean `flow_logs`?"),
        ("network", {"range": "10.10.0.0/20", "build_pool": {}}, "network: build_pool needs `nat: true`"),
        (
            "network",
            {"range": "10.0.0.0/16", "private_services": "10.0.8.0/24"},
            "network: private_services, 10.0.8.0/24, overlaps with range",
        ),
        (
            "network",
            {"range": "10.0.0.0/16", "private_services": "10.1.0.0/28"},
            "network.private_services: '10.1.0.0/28' is too small",
        ),
        (
            "network",
            {"range": "10.0.0.0/16", "nat": True, "build_pool": {"disk_gb": 20}},
            "network.build_pool.disk_gb: should be greater than or equal to 100",
        ),
        ("factory.identities", 0, "factory.identities: should be greater than or equal to 1, not 0"),
        ("factory.identities", 21, "factory.identities: should be less than or equal to 20, not 21"),
        ("factory.cooldown_minutes", -1, "factory.cooldown_minutes: should be greater than or equal to 0, not -1"),
        ("factory", {"remind_days": 14}, "factory: expire_days is 14, not more than remind_days, 14"),
        ("factory", {"remind_days": 0}, "factory.remind_days: should be greater than or equal to 1"),
        ("reviewers", [], "reviewers: needs at least one entry"),
        ("reviewers", ["grace"], "reviewers.0: 'grace' is not valid: an e-mail address"),
        ("reviewers", ["a@b.c", "a@b.c"], "reviewers: lists a person twice"),
        ("reviewers", ["a@b.c", "A@B.c"], "reviewers: lists a person twice"),
        (
            "next_reviewers",
            DELETED,
            "groundwork:environment: next_reviewers is missing: name the reviewers of the environment of",
        ),
        ("next_reviewers", [], "next_reviewers: needs at least one entry"),
        (
            "chain",
            {"branches": ["feature/*", "main"], "own_branches": ["feature/*", "main"]},
            "groundwork:environment: next_reviewers is there, but the chain",
        ),
        ("deployments", {}, "deployments: needs at least one entry"),
        (
            "deployments.forecasting.gate",
            DELETED,
            f"{WHOLE}deployments.forecasting: gate is missing: with 12 held-out weeks there are",
        ),
        ("deployments.forecasting.gate", {}, f"{WHOLE}deployments.forecasting: gate is missing"),
        ("deployments.forecasting.gate", {"WAPE": {"at_most": 1}}, "deployments.forecasting.gate.WAPE: 'WAPE' is not valid"),
        ("deployments.forecasting.gate.wape", {}, "deployments.forecasting.gate.wape: asks for nothing: give at_most, at_least,"),
        (
            "deployments.forecasting.gate.wape",
            {"at_most": 0},
            "deployments.forecasting.gate.wape.at_most: should be greater than 0",
        ),
        (
            "deployments.forecasting.gate.wape",
            {"ratio_to_baseline": "2"},
            "deployments.forecasting.gate.wape.ratio_to_baseline: should be a valid",
        ),
        ("deployments.forecasting.gate.wape", {"at_mots": 1}, "deployments.forecasting.gate.wape.at_mots: is not a setting; did"),
        (
            "deployments.forecasting.gate.wape",
            {"at_most": 1, "at_least": 2},
            "deployments.forecasting.gate.wape: nothing is at least 2.0 and at most 1.0",
        ),
        ("holdout.weeks", 0, f"{WHOLE}deployments.forecasting: gate is there, but no weeks are held out"),
        ("holdout.weeks", -1, "holdout.weeks: should be greater than"),
        ("holdout.weeks", True, "holdout.weeks: should be a valid integer"),
        ("holdout", DELETED, f"{WHOLE}deployments.forecasting: gate is there, but no weeks are held out"),
        ("holdout_weeks", 12, "holdout_weeks: is not a setting"),
        ("deployments.forecasting.holdout", {"weeks": 4}, "deployments.forecasting.holdout: is not a setting"),
        ("raw_tables.sales.timeless", True, "raw_tables.sales: timeless is true, and the time is 'Date'"),
        ("deployments.forecasting.owners", [], "deployments.forecasting.owners: needs at least one entry"),
        ("deployments.forecasting.owners", ["a@b.c", "a@b.c"], "deployments.forecasting.owners: lists a person twice"),
        ("deployments.forecasting.owners", ["$(x)@b.c"], "deployments.forecasting.owners.0: '$(x)@b.c' is not valid: an e-mail"),
        ("deployments.forecasting.pipeline", "forecastin", "deployments.forecasting.pipeline: there is no folder pipelines/fore"),
        ("deployments.forecasting.pipeline", "../etc", "deployments.forecasting.pipeline: '../etc' is not valid"),
        ("deployments.forecasting.retention_days", 0, "deployments.forecasting.retention_days: should be greater than"),
        ("deployments.forecasting.schedule", "0 5 * *", "deployments.forecasting.schedule: '0 5 * *' is not valid: five fields"),
        (
            "deployments.forecasting.schedule",
            "60 5 * * 1",
            "deployments.forecasting.schedule: '60' is not a valid minute: *, numbers from 0",
        ),
        (
            "deployments.forecasting.schedule",
            "0 5 0 * 1",
            "deployments.forecasting.schedule: '0' is not a valid day: *, numbers",
        ),
        ("deployments.forecasting.schedule", "0 5-3 * * 1", "deployments.forecasting.schedule: '5-3' is not a valid hour"),
        ("deployments.forecasting.schedule", "*/0 5 * * 1", "deployments.forecasting.schedule: '*/0' is not a valid minute"),
        ("deployments.forecasting.schedule", "0 5 * * 1,", "deployments.forecasting.schedule: '1,' is not a valid weekday"),
        ("deployments.forecasting.schedule", "@daily", "deployments.forecasting.schedule: '@daily' is not valid: five fields"),
        ("deployments.a_b", {}, "deployments.a_b: 'a_b' is not valid: up to 23 lower-case letters"),
        ("people.engineers", ["ada@northwind.example"], "people.engineers.0: 'ada@northwind.example' is not valid: `group:` or"),
        ("people.engineers", ["user:a@p.iam.gserviceaccount.com"], "people.engineers.0: 'user:a@p.iam.gserviceaccount.com' is"),
        ("people.engineers", ["serviceAccount:a@b.example"], "people.engineers.0: 'serviceAccount:a@b.example' is not valid"),
        ("people.engineers", ["group:a@b.example", "group:a@b.example"], "people.engineers: lists a person twice"),
        ("people.auditors", ["group:a@b.example\n"], "people.auditors.0: 'group:a@b.example\\n' is not valid"),
        ("people.code_owners", ["northwind/platform"], "people.code_owners.0: 'northwind/platform' is not valid: @user or"),
        ("people.scientists", [], "people: open_data is true without readers: list `scientists`"),
        ("people.auditor", ["group:a@b.example"], "people.auditor: is not a setting; did you mean `auditors`?"),
        ("platform_image", "images/groundwork", "platform_image: 'images/groundwork' is not valid"),
        (
            "platform_image",
            "europe-docker.pkg.dev/p/i/groundwork:latest",
            "platform_image: 'europe-docker.pkg.dev/p/i/groundwork:l",
        ),
        ("project", "northwind", "project: belongs beside it, as `gcp:project`"),
        (
            "raw_tables.sales.key",
            ["Stor"],
            "raw_tables.sales: tables/sales.json: the key names 'Stor'; the columns are id, Store",
        ),
        ("raw_tables.sales.key", [], "raw_tables.sales.key: needs at least one entry"),
        ("raw_tables.sales.schema", "tables/nothing.json", "raw_tables.sales: tables/nothing.json: cannot be read"),
        ("raw_tables.sales.schema", "/etc/passwd", "raw_tables.sales.schema: '/etc/passwd' is not valid: a path within"),
        ("raw_tables.sales.schema", "../sales.json", "raw_tables.sales.schema: '../sales.json' is not valid"),
        (
            "raw_tables.sales.time",
            "Datum",
            "raw_tables.sales: the time 'Datum' is not a column of tables/sales.json",
        ),
        (
            "raw_tables.sales.time",
            "Store",
            "raw_tables.sales: the time 'Store' is not a column of tables/sales.json",
        ),
        ("raw_tables.my-sales", {}, "raw_tables.my-sales: 'my-sales' is not valid: a table's name"),
        ("region", "europe-wset2", "region: 'europe-wset2' is not valid"),
        ("repository", DELETED, "repository: is missing"),
        ("repository.git_provider_secret", DELETED, "repository.git_provider_secret: is missing"),
        (
            "repository.git_provider_secret",
            "github-token",
            "repository: token_secret and git_provider_secret are the same secret",
        ),
        ("repository.installation_id", 0, "repository.installation_id: should be greater than"),
        ("repository.remote", "git@github.com:a/b.git", "repository.remote: 'git@github.com:a/b.git' is not valid"),
        ("repository.token_secret", "projects/p/secrets/s", "repository.token_secret: 'projects/p/secrets/s' is not valid"),
        ("workbenches.ada.owner", "ada", "workbenches.ada.owner: 'ada' is not valid: an e-mail address"),
        ("workbenches.ada.zone", "europe-west2-b", "workbenches.ada.zone: 'europe-west2-b' is not valid: one letter"),
    ],
)
def test_a_mistake_is_told_with_its_path(load: Load, section: dict[str, Any], path: str, value: Any, said: str) -> None:
    first, *_ = mistakes(load, spoilt(section, path, value))

    assert first.startswith(said), first


@pytest.mark.parametrize(
    ("kind", "longest"),
    [("deployments", 23), ("workbenches", 20)],
)
def test_a_name_is_as_long_as_the_account_id_made_of_it_allows(
    load: Load, section: dict[str, Any], kind: str, longest: int
) -> None:
    (entry,) = section[kind].values()

    assert load(spoilt(section, f"{kind}.{'a' * longest}", entry))
    assert mistakes(load, spoilt(section, f"{kind}.{'a' * (longest + 1)}", entry))


def test_a_deployment_cannot_take_the_raw_tables_dataset(load: Load, section: dict[str, Any]) -> None:
    section["deployments"]["raw"] = section["deployments"]["forecasting"]

    assert ["deployments: the raw tables and `raw` would share the dataset `raw`"] == mistakes(load, section)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("training-views", "the training views and `training-views` would share the dataset"),
        ("forecasting-scratch", "the trials of `forecasting` and `forecasting-scratch` would share the dataset"),
        ("forecasting-0123456789ab", "`forecasting-0123456789ab` could be the name of a candidate"),
        ("platform", "`platform` would have the trigger `platform-push`, which belongs to the environment"),
    ],
)
def test_a_deployment_cannot_take_what_is_made_for_the_factory(load: Load, section: dict[str, Any], name: str, said: str) -> None:
    section["deployments"][name] = section["deployments"]["forecasting"]

    if len(name) <= 23:
        assert said in mistakes(load, section)[0]
    else:
        assert said in validators.conflicts("northwind-ml-dev", [name])


def test_candidates_cannot_be_measured_on_what_they_know(load: Load, section: dict[str, Any]) -> None:
    section["raw_tables"]["weather"] = section["raw_tables"]["sales"].copy()
    del section["raw_tables"]["weather"]["time"]

    (mistake,) = mistakes(load, section)
    assert mistake == (
        "groundwork:environment: raw_tables.weather: has no `time`: candidates would know the 12 weeks that they are measured on;"
        " name the column that says when, or set `timeless: true` if it says nothing about them"
    )
    section["raw_tables"]["weather"]["timeless"] = True
    assert load(section).raw_tables["weather"].timeless


def test_weeks_can_only_be_held_out_of_a_table_that_says_when(load: Load, section: dict[str, Any]) -> None:
    del section["raw_tables"]["sales"]["time"]
    section["raw_tables"]["sales"]["timeless"] = True

    (mistake,) = mistakes(load, section)
    assert "holdout.weeks: is 12, and every raw table is `timeless`: there are no weeks to hold out" in mistake


def test_an_environment_without_held_out_weeks_has_no_gate_and_needs_no_time(load: Load, section: dict[str, Any]) -> None:
    del section["raw_tables"]["sales"]["time"]
    del section["deployments"]["forecasting"]["gate"]
    section["holdout"] = {"weeks": 0}

    assert load(section).deployments["forecasting"].gate == {}


def test_the_factory_has_defaults(load: Load, section: dict[str, Any]) -> None:
    del section["factory"]

    made = load(section).factory
    assert (8, 60, 3, 14) == (made.identities, made.cooldown_minutes, made.remind_days, made.expire_days)


@pytest.mark.parametrize("when", ["0 5 * * 1", "*/15 * * * *", "0,30 8-18/2 1-15 1,7 0-5", "59 23 31 12 7"])
def test_what_cron_understands_is_taken(load: Load, section: dict[str, Any], when: str) -> None:
    assert when == load(spoilt(section, "deployments.forecasting.schedule", when)).deployments["forecasting"].schedule


@pytest.mark.parametrize(
    ("branch", "evaluated"),
    [("feature/x", True), ("feature/x/y", True), ("release", True), ("feature/", False), ("main", False), ("release/1", False)],
)
def test_a_trigger_hears_of_the_branches_of_the_environment_and_no_others(*, branch: str, evaluated: bool) -> None:
    assert evaluated == bool(re.search(names.branches(["feature/*", "release"]), branch))


def test_a_dot_in_a_branch_is_a_dot() -> None:
    assert re.search(names.branches(["v1.2"]), "v1.2")
    assert not re.search(names.branches(["v1.2"]), "v1x2")


def test_a_bucket_s_name_has_to_fit(load: Load, section: dict[str, Any]) -> None:
    section["deployments"]["d" * 23] = section["deployments"]["forecasting"]

    (mistake,) = mistakes(load, section, project="p" * 30)
    assert "would have 64 characters; Google allows 63" in mistake


@pytest.mark.parametrize("project", [None, "", "Northwind", "short", "p" * 31, "my-google-project", "example.com:northwind"])
def test_a_project_that_google_would_refuse_is_told_as_what_it_is_called_in_the_file(
    load: Load, section: dict[str, Any], project: str | None
) -> None:
    (mistake,) = mistakes(load, section, project=project)

    assert mistake.startswith("gcp:project: is missing" if project is None else "gcp:project: '")


def test_a_missing_section_is_one_mistake_not_one_for_each_setting(load: Load) -> None:
    assert ["groundwork:environment: is missing; every stack's file has this section"] == mistakes(load, None)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "7", '"x"', "[" * 100_000, "9" * 5_000])
def test_a_section_that_is_no_mapping_is_one_mistake(load: Load, text: str) -> None:
    (mistake,) = mistakes(load, {}, text=text)

    assert mistake.startswith("groundwork:environment: is not a mapping")


def test_hostile_text_is_shown_cut_and_harmless(load: Load, section: dict[str, Any]) -> None:
    """What is wrong with a file is printed to a terminal, and may have come from anybody."""
    said = "\n".join(mistakes(load, spoilt(spoilt(section, "client", "\x1b[2J" * 100), "\x1b[2J\nkey" * 50, 1)))

    assert "\x1b" not in said
    assert 2 == len(said.splitlines())
    assert 400 > max(map(len, said.splitlines()))


PATHS = [
    *("client", "region", "protect_data", "platform_image", "repository", "repository.remote", "repository.installation_id"),
    *("repository.token_secret", "repository.git_provider_secret", "chain", "chain.branches", "chain.own_branches", "reviewers"),
    *("people", "people.scientists", "people.code_owners"),
    *("factory", "factory.identities", "raw_tables", "raw_tables.sales", "raw_tables.sales.time"),
    *("raw_tables.sales.schema", "raw_tables.sales.key", "workbenches", "workbenches.ada", "workbenches.ada.owner"),
    *("deployments", "deployments.forecasting", "deployments.forecasting.pipeline", "deployments.forecasting.owners"),
    *("holdout", "holdout.weeks", "raw_tables.sales.timeless", "deployments.forecasting.retention_days"),
    *("deployments.forecasting.gate", "deployments.forecasting.gate.wape", "deployments.forecasting.schedule"),
]
KEYS = st.sampled_from(PATHS) | st.tuples(
    st.sampled_from(["", "repository.", "deployments.", "deployments.forecasting.", "raw_tables.", "workbenches."]),
    st.text(max_size=30).filter(lambda key: "." not in key),
).map("".join)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=80),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=KEYS, value=st.just(DELETED) | VALUES)
def test_whatever_is_written_it_loads_or_is_one_error_with_a_path(
    load: Load, section: dict[str, Any], path: str, value: Any
) -> None:
    try:
        error = refusal(load, spoilt(section, path, value))
    except KeyError:  # what is not there cannot be taken out
        return

    assert error is None or error.code == "environment-invalid"
    assert error is None or "groundwork:environment" in error.message
    assert error is None or error.message.replace("\n", "").isprintable()


def refusal(load: Load, section: dict[str, Any]) -> GroundworkError | None:
    try:
        load(section)
    except GroundworkError as error:
        return error
    return None


@pytest.mark.parametrize("branch", ["main", "feature/*"])
def test_the_platform_s_lane_is_a_branch_of_the_environment_s_own(load: Load, section: dict[str, Any], branch: str) -> None:
    """A merge into another's would start two environments' builds."""
    section["platform_cd"] = {"state": "gs://northwind-ml-dev-state", "branch": branch}

    assert mistakes(load, section)[0].endswith(("name one of `chain.own_branches` in full", "like main or release/2026"))


def test_the_platform_s_lane_is_the_last_branch_unless_said(load: Load, section: dict[str, Any]) -> None:
    section["platform_cd"] = {"state": "gs://northwind-ml-dev-state"}

    assert "release" == load(section).platform_branch


@pytest.mark.parametrize(
    ("monitoring", "said"),
    [
        ({"alert_emails": []}, "alert_emails"),
        ({"alert_emails": ["ada"]}, "an e-mail address"),
        ({"alert_emails": [f"{name}@northwind.example" for name in "abcdef"]}, "alert_emails"),
        ({"stale_results_days": 31}, "stale_results_days"),
        ({"keep_logs_days": 0}, "keep_logs_days"),
        ({"budget": {"amount": 0, "currency": "GBP", "billing_account": "01A2B3-C4D5E6-F70809"}}, "budget.amount"),
        ({"budget": {"amount": 1, "currency": "pounds", "billing_account": "01A2B3-C4D5E6-F70809"}}, "a currency's code"),
        ({"budget": {"amount": 1, "currency": "GBP", "billing_account": "ours"}}, "a billing account's id"),
    ],
)
def test_what_cannot_be_watched_is_a_mistake(load: Load, section: dict[str, Any], monitoring: dict[str, Any], said: str) -> None:
    section["monitoring"] = {"alert_emails": ["ada@northwind.example"], **monitoring}

    told = mistakes(load, section)
    assert said in told[0]
    assert all(mistake.startswith("monitoring.") for mistake in told)


@pytest.mark.parametrize(
    "federation", [{"branches": []}, {"branches": ["main", "main"]}, {"branches": ["main"], "pool": "ci"}, {"branches": ["a b"]}]
)
def test_who_cannot_be_believed_is_a_mistake(load: Load, section: dict[str, Any], federation: dict[str, Any]) -> None:
    section["federation"] = federation

    told = mistakes(load, section)
    assert told
    assert all(mistake.startswith("federation.") for mistake in told)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"deployment": "other"}, "there is no deployment 'other': there is forecasting"),
        ({"table": "nothing"}, "'forecasting' has no table 'nothing': there is accuracy, forecasts"),
        ({"columns": ["mean", "median"]}, "'forecasts' has no column 'median'"),
        ({"entity": "step"}, "the entity 'step' is of type INTEGER; Vertex AI takes STRING"),
        ({"time": "mean"}, "the time 'mean' is of type FLOAT"),
    ],
)
def test_features_are_columns_of_a_deployment_s_table(
    load: Load, section: dict[str, Any], changed: dict[str, Any], said: str
) -> None:
    """What is not there would be missed half-way through an `up` only."""
    right = {"deployment": "forecasting", "table": "forecasts", "entity": "series", "time": "week", "columns": ["mean"]}

    assert load({**section, "serving": {"features": {"forecasts": right}}})
    (mistake,) = mistakes(load, {**section, "serving": {"features": {"forecasts": {**right, **changed}}}})
    assert f"serving.features.forecasts: {said}" in mistake


def test_no_deployment_takes_the_dataset_of_another_s_features(load: Load, section: dict[str, Any]) -> None:
    section["deployments"]["forecasting-features"] = section["deployments"]["forecasting"]

    assert "the features of `forecasting` and `forecasting-features` would share the dataset" in mistakes(load, section)[0]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"partition": "MONTH", "time": None}, "no time to partition by"),
        ({"partition": "HOUR"}, "partition"),
        ({"cluster": ["Shop"]}, "cluster names 'Shop', which is not a column"),
        ({"cluster": ["Store", "Store"]}, "cluster names a column twice"),
    ],
)
def test_a_raw_table_is_laid_out_by_columns_that_it_has(
    load: Load, section: dict[str, Any], changed: dict[str, Any], said: str
) -> None:
    section["deployments"]["forecasting"].pop("gate", None)
    section["holdout"] = {"weeks": 0}
    section["raw_tables"]["sales"] = {**section["raw_tables"]["sales"], "time": "Date", **changed}

    (mistake,) = mistakes(load, section)
    assert mistake.startswith("raw_tables.sales")
    assert said in mistake
