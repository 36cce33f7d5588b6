"""What is generated is what is committed: run `make reference` when this fails."""

from __future__ import annotations

import functools
import importlib.util
import json
import re
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]  # it has no types
import pytest
import yaml

from groundwork.contract.ledger_records import RECORD_TYPES
from groundwork.policy.grant_reasons import OPTIONAL, REASONS, pattern_of, reason_of
from tools.access import grants

ROOT = Path(__file__).parents[3]


@functools.cache
def generated() -> dict[str, str]:
    spec = importlib.util.spec_from_file_location("reference", ROOT / "tools/reference.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    pages: dict[str, str] = module.pages()
    return pages


PAGES = ("access.md", "changes.md", "cli.md", "environment.md", "environment.schema.json", "errors.md", "ledger.md")


@pytest.mark.parametrize("page", PAGES)
def test_a_generated_page_is_current(page: str) -> None:
    assert generated()[page] == (ROOT / "docs/reference" / page).read_text()


def test_every_record_type_and_field_of_the_ledger_says_what_it_means() -> None:
    page = generated()["ledger.md"]
    rows = re.findall(r"^\| `\w+` \|.*", page, re.MULTILINE)

    assert 25 < len(rows)
    assert [] == [row for row in rows if row.split("|")[3].strip() == ""]
    names = [model.model_fields["type"].default for model in RECORD_TYPES]
    assert names == re.findall(r"^## `(\w+)`\n\n\w", page, re.MULTILINE)


def test_every_component_has_its_page_and_every_page_its_component() -> None:
    there = {f"components/{file.name}": file.read_text() for file in (ROOT / "docs/reference/components").iterdir()}
    assert there == {name: text for name, text in generated().items() if name.startswith("components/")}


def test_every_field_and_output_of_a_component_says_what_it_means() -> None:
    pages = {page: text for page, text in generated().items() if re.match("components/(?!index)", page)}
    fields = [(page, row) for page, text in pages.items() for row in re.findall(r"^\| `\w+` \|.*", text, re.MULTILINE)]
    outputs = [(page, line) for page, text in pages.items() for line in re.findall("^- `.*", text, re.MULTILINE)]

    assert len(fields) > 100
    assert len(outputs) > len(pages)
    assert [] == [(page, row) for page, row in fields if not row.removesuffix(" |").rpartition(" | ")[2].strip()]
    assert [] == [(page, line) for page, line in outputs if line.endswith("`: ")]


def test_every_grant_has_one_reason_and_no_reason_is_left_over() -> None:
    """The page shows every grant, so what is generated has found a reason for each; this finds those that nothing needs."""
    names = [grant.name for found in grants().values() for grant in found]

    assert 100 < len(names)
    assert [] == sorted(set(REASONS) - set(OPTIONAL) - {pattern_of(name) for name in names})


def test_a_grant_that_nobody_has_given_a_reason_stops_the_page() -> None:
    with pytest.raises(LookupError, match="the grant `factory-cleverness` has no reason"):
        reason_of("factory-cleverness")


def test_every_key_of_the_environment_file_says_what_it_means() -> None:
    rows = [line for line in generated()["environment.md"].splitlines() if line.startswith("| `")]

    assert rows
    assert [] == [row for row in rows if row.split("|")[3].strip() == ""]


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_an_editor_finds_no_fault_with_a_shipped_file_and_finds_a_setting_that_is_none(stack: str) -> None:
    schema = json.loads((ROOT / "docs/reference/environment.schema.json").read_text())
    text = (ROOT / f"Pulumi.{stack}.yaml").read_text()
    jsonschema.validate(yaml.safe_load(text), schema)

    with pytest.raises(jsonschema.ValidationError, match="clinet"):
        jsonschema.validate(yaml.safe_load(text.replace("client:", "clinet:")), schema)


def test_an_editor_takes_a_value_of_terraforms_anywhere_and_nothing_like_it() -> None:
    schema = json.loads((ROOT / "docs/reference/environment.schema.json").read_text())
    config = yaml.safe_load((ROOT / "Pulumi.dev.yaml").read_text())
    section = config["config"]["groundwork:environment"]
    config["config"]["groundwork:terraform"] = {"zone": {"state": "gs://northwind-terraform/zone", "workspace": "dev"}}
    section |= {"region": {"terraform": "zone.region"}, "network": {"terraform": "zone.network"}}
    section["reviewers"] = [{"terraform": "zone.people.0"}]
    section["deployments"]["forecasting"]["gate"]["wape"]["at_most"] = {"terraform": "zone.bound"}
    jsonschema.validate(config, schema)

    for wrong in ({"terraform": "zone"}, {"terraform": 1}, {"terraform": "zone.region", "or": "europe-west2"}):
        section["region"] = wrong
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(config, schema)


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_a_shipped_file_tells_editors_where_the_schema_is(stack: str) -> None:
    first = (ROOT / f"Pulumi.{stack}.yaml").read_text().splitlines()[0]
    assert "# yaml-language-server: $schema=docs/reference/environment.schema.json" == first
