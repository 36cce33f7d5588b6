"""The engine refuses a program that breaks a rule: all rules in one preview, before anything is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.policies import BROKEN, address

if TYPE_CHECKING:
    from tests.engine.conftest import Engine

pytestmark = [pytest.mark.engine]

PROGRAM = """
import datetime, sys
sys.path.insert(0, {root!r})
from stacks.policy.enforce import enforce
from stacks.policy.made import Demands
from stacks.sections.exceptions import Exemption
from tests.policies import BROKEN, LABELS, PROJECT, address, break_

deployer = "deployer@" + PROJECT + ".iam.gserviceaccount.com"
demands = Demands(
    region="europe-west2", labels=LABELS, protect_data=True, encrypted=True, deployer=deployer, deployer_roles=frozenset()
)
until = {until!r}
unencrypted = ("labels", "location", "name", "unprotected-data")
broken = [*((code, code) for code in BROKEN), *(("encryption", code) for code in unencrypted)]
exempt = [
    Exemption(rule=rule, resource=address(code), because="to see whether it holds", until=until)
    for rule, code in (broken if until else ())
]
enforce(demands, exempt, datetime.date(2026, 11, 24))
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
