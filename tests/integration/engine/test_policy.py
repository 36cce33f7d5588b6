"""The engine refuses a program that breaks a rule: all rules and all harm in one preview, before anything is there."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.helpers.policies import BROKEN, address
from tests.helpers.violations import LATE, VIOLATIONS

if TYPE_CHECKING:
    from tests.integration.engine.conftest import Engine

pytestmark = [pytest.mark.engine]

PROGRAM = """
import datetime, sys
sys.path.insert(0, {root!r})
from groundwork.policy.enforce import enforce
from groundwork.policy.resource import Requirements
from groundwork.environment.sections.exceptions import Exemption
from tests.helpers.policies import BROKEN, LABELS, PROJECT, address, break_

deployer = "deployer@" + PROJECT + ".iam.gserviceaccount.com"
requirements = Requirements(
    region="europe-west2", labels=LABELS, protect_data=True, encrypted=True, deployer=deployer, deployer_roles=frozenset()
)
until = {until!r}
unencrypted = ("altered-late", "ignored-changes", "labels-missing", "location-refused", "name-refused", "unprotected-data")
broken = [*((code, code) for code in BROKEN), *(("key-missing", code) for code in unencrypted)]
exempt = [
    Exemption(rule=rule, resource=address(code), reason="to see whether it holds", until=until)
    for rule, code in (broken if until else ())
]
enforce(requirements, exempt, datetime.date(2026, 11, 24))
break_(list(BROKEN))
"""


def said(shared: Engine, root: str, until: str) -> list[str]:
    """Return the findings of a preview that is refused."""
    shared.program(PROGRAM.format(root=root, until=until))
    text = shared.refused("preview")

    assert "Traceback" not in text
    return [line.strip() for line in text.splitlines()]


def test_a_preview_of_what_breaks_every_rule_tells_each_of_them(shared: Engine, pytestconfig: pytest.Config) -> None:
    lines = said(shared, str(pytestconfig.rootpath), "")

    assert [] == [code for code in BROKEN if not [line for line in lines if line.startswith(f"{code}: {address(code)}: ")]]
    assert not [line for line in lines if line.startswith("+  gcp:")]


def test_an_expired_exception_is_refused_for_every_rule(shared: Engine, pytestconfig: pytest.Config) -> None:
    lines = said(shared, str(pytestconfig.rootpath), "2026-11-23")
    start = "exception-expired: {}: the exception from {} ended on 2026-11-23"

    assert [] == [code for code in BROKEN if not [line for line in lines if line.startswith(start.format(address(code), code))]]


def test_an_exception_lets_every_rule_be_broken(shared: Engine, pytestconfig: pytest.Config) -> None:
    """The twin refuses most of it then, as Google would the rest: what matters is that no rule does."""
    lines = said(shared, str(pytestconfig.rootpath), "2026-11-24")

    assert not [line for line in lines if "policy-refused" in line]
    assert [line for line in lines if "the twin does not know" in line or "does not exist" in line], lines


HARM = """
import datetime, sys
sys.path.insert(0, {root!r})
import pulumi_gcp as gcp
from groundwork.policy.enforce import enforce
from groundwork.policy.resource import Requirements
from tests.helpers.policies import BUCKET, LABELS, PROJECT
from tests.helpers.violations import ENGINEERS, LATE, VIOLATIONS, late

deployer = "deployer@" + PROJECT + ".iam.gserviceaccount.com"
enforce(
    Requirements(
        region="europe-west2", labels=LABELS, protect_data=True, encrypted={encrypted}, deployer=deployer,
        deployer_roles=frozenset(), people=frozenset({{ENGINEERS}}),
    ),
    (),
    datetime.date(2026, 11, 24),
)
{made}
"""
MOMENT_LATER = {"role-to-be-awaited"}
"""Known only when the first review decision has fallen, which refuses all the others."""
OTHERS = sorted({*LATE, *MOMENT_LATER} - {"late-grant"})


def harm(shared: Engine, root: str, made: str, *, encrypted: bool = False) -> None:
    shared.program(HARM.format(root=root, made=made, encrypted=encrypted))


def test_a_preview_refuses_every_way_of_doing_harm_by_the_rule_that_names_the_fault(
    shared: Engine, pytestconfig: pytest.Config
) -> None:
    names = sorted(set(VIOLATIONS) - MOMENT_LATER)
    made = f"for name in {names!r}: VIOLATIONS[name].program(name)"
    harm(shared, str(pytestconfig.rootpath), made, encrypted=True)
    text = shared.refused("preview")
    found = set(re.findall(r"^ *([a-z-]+): \S+::([a-z0-9-]+): ", text, re.MULTILINE))

    assert [] == [name for name in names if (VIOLATIONS[name].code, name) not in found]
    assert not [line for line in text.splitlines() if line.strip().startswith("+  gcp:")]


@pytest.mark.parametrize("name", ["late-grant", *(pytest.param(each, marks=pytest.mark.deep) for each in OTHERS)])
@pytest.mark.parametrize("command", ["preview", "up"])
def test_what_is_made_when_the_program_has_ended_is_refused_and_not_made(
    shared: Engine, pytestconfig: pytest.Config, name: str, command: str
) -> None:
    made = f"late({name!r})" if name in LATE else f"VIOLATIONS[{name!r}].program({name!r})"
    harm(shared, str(pytestconfig.rootpath), made)
    text = shared.refused(command, *(["--yes", "--skip-preview"] if command == "up" else []))

    code = (LATE.get(name) or VIOLATIONS[name]).code
    assert re.search(rf"{code}: \S+::{name}: ", text), text
    assert f"::{name}" not in json.dumps(shared.state())
