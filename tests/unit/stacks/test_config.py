"""A mistake in an environment's file is one clear error that tells every mistake with its path, before anything is built."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from groundwork.errors import GroundworkError
from stacks.config import Environment

Load = Callable[..., Environment]

DELETED = object()


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
    section["deployments"]["forecasting"]["held_out_weeks"] = "12"

    assert [
        "client: is missing",
        "region: 'europe-west2-a' is not right: a region of Google Cloud, like europe-west2; not a zone, nor a multi-region",
        "protect_data: should be a valid boolean, not 'no'",
        "repository.installation_id: is missing",
        "repository.instalation_id: is not a setting; did you mean `installation_id`?",
        "deployments.forecasting.owners: is missing",
        "deployments.forecasting.held_out_weeks: should be a valid integer, not '12'",
        "deployments.forecasting.owner: is not a setting; did you mean `owners`?",
        "clinet: is not a setting; did you mean `client`?",
    ] == mistakes(load, section)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("client", "North Wind", "client: 'North Wind' is not right"),
        ("delivery.push", "^feature/(.*$", "delivery.push: '^feature/(.*$' is no regular expression"),
        ("delivery.push", "^(?!main).*$", "delivery.push: '^(?!main).*$' has `(?!`, which Cloud Build's"),
        ("delivery.push", "", "delivery.push: '' would match every branch"),
        ("delivery.target", "--upload-pack=x", "delivery.target: '--upload-pack=x' is not right"),
        ("delivery.target", "a..b", "delivery.target: 'a..b' is not right"),
        ("deployments", {}, "deployments: needs at least one entry"),
        ("deployments.forecasting.held_out_weeks", -1, "deployments.forecasting.held_out_weeks: should be greater than"),
        ("deployments.forecasting.held_out_weeks", True, "deployments.forecasting.held_out_weeks: should be a valid integer"),
        ("deployments.forecasting.owners", [], "deployments.forecasting.owners: needs at least one entry"),
        ("deployments.forecasting.owners", ["a@b.c", "a@b.c"], "deployments.forecasting.owners: names somebody twice"),
        ("deployments.forecasting.owners", ["$(x)@b.c"], "deployments.forecasting.owners.0: '$(x)@b.c' is not right: an e-mail"),
        ("deployments.forecasting.pipeline", "forecastin", "deployments.forecasting.pipeline: there is no folder pipelines/fore"),
        ("deployments.forecasting.pipeline", "../etc", "deployments.forecasting.pipeline: '../etc' is not right"),
        ("deployments.forecasting.retention_days", 0, "deployments.forecasting.retention_days: should be greater than"),
        ("deployments.a_b", {}, "deployments.a_b: 'a_b' is not right: up to 23 lower-case letters"),
        ("platform_image", "images/groundwork", "platform_image: 'images/groundwork' is not right"),
        (
            "platform_image",
            "europe-docker.pkg.dev/p/i/groundwork:latest",
            "platform_image: 'europe-docker.pkg.dev/p/i/groundwork:l",
        ),
        ("project", "northwind", "project: belongs beside it, as `gcp:project`"),
        (
            "raw_tables.sales.key",
            ["Stor"],
            "raw_tables.sales: stacks/tables/sales.json: the key names 'Stor'; the columns are id, Store",
        ),
        ("raw_tables.sales.key", [], "raw_tables.sales.key: needs at least one entry"),
        ("raw_tables.sales.schema", "stacks/tables/nothing.json", "raw_tables.sales: stacks/tables/nothing.json: cannot be read"),
        ("raw_tables.sales.schema", "/etc/passwd", "raw_tables.sales.schema: '/etc/passwd' is not right: a path within"),
        ("raw_tables.sales.schema", "../sales.json", "raw_tables.sales.schema: '../sales.json' is not right"),
        ("raw_tables.my-sales", {}, "raw_tables.my-sales: 'my-sales' is not right: a table's name"),
        ("region", "europe-wset2", "region: 'europe-wset2' is not right"),
        ("repository", DELETED, "repository: is missing"),
        ("repository.installation_id", 0, "repository.installation_id: should be greater than"),
        ("repository.remote", "git@github.com:a/b.git", "repository.remote: 'git@github.com:a/b.git' is not right"),
        ("repository.token_secret", "projects/p/secrets/s", "repository.token_secret: 'projects/p/secrets/s' is not right"),
        ("workbenches.ada.owner", "ada", "workbenches.ada.owner: 'ada' is not right: an e-mail address"),
        ("workbenches.ada.zone", "europe-west2-b", "workbenches.ada.zone: 'europe-west2-b' is not right: one letter"),
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


def test_a_bucket_s_name_has_to_fit(load: Load, section: dict[str, Any]) -> None:
    section["deployments"]["d" * 23] = section["deployments"]["forecasting"]

    (mistake,) = mistakes(load, section, project="p" * 30)
    assert "would have 64 characters, of 63 that Google allows" in mistake


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
    *("repository.token_secret", "delivery", "delivery.push", "delivery.target", "raw_tables", "raw_tables.sales"),
    *("raw_tables.sales.schema", "raw_tables.sales.key", "workbenches", "workbenches.ada", "workbenches.ada.owner"),
    *("deployments", "deployments.forecasting", "deployments.forecasting.pipeline", "deployments.forecasting.owners"),
    *("deployments.forecasting.held_out_weeks", "deployments.forecasting.retention_days"),
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
