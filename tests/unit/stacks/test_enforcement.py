"""The grants of the shipped environments: each grant is necessary, and none allows too much.

The graph is written into a small twin, in the form of the engine's updates, and the twin's policy decides.
"""

from __future__ import annotations

import functools
import json
import re
import runpy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from groundwork.policy.grant_reasons import OPTIONAL, pattern_of
from groundwork.ports.errors import Denied
from groundwork.twin import lifecycle
from groundwork.twin.bigquery.dataset_access import GRANTS
from groundwork.twin.core.store import Store
from groundwork.twin.iam import permissions as policy
from groundwork.twin.iam.conditions import folder_of
from groundwork.twin.iam.custom_roles import CustomRole, permissions_of
from groundwork.twin.iam.members import Member
from groundwork.twin.iam.service_accounts import Account
from groundwork.twin.registry import RESOURCE_TYPES
from groundwork.twin.storage.resources import Bucket
from stacks.candidate import program as candidate_program
from tools.graph import member_of

if TYPE_CHECKING:
    from tests.conftest import Graph

ROOT = Path(__file__).parents[3]
CANDIDATE = "forecasting-0123456789ab"
STACKS = ("dev", "prod", CANDIDATE)
FORBIDDEN = re.compile(r".*\.setIamPolicy|iam\.serviceAccountKeys\..*|iam\.roles\..*|.*\.getAccessToken|.*\.implicitDelegation")
ACTS = "iam.serviceAccounts.actAs"
Configuration = Callable[[str], dict[str, str]]


@dataclass(frozen=True)
class Granted:
    """One grant to an identity of the environment's programs, except the deployer."""

    member: Member
    id: str
    inputs: Mapping[str, Any]
    permissions: frozenset[str]

    @property
    def identity(self) -> str:
        return self.member.whom(self.inputs).partition(":")[2]

    def resource(self, permission: str) -> str:
        """Return the resource for a check of the permission: the granted resource, or an object in a granted bucket."""
        on, condition = self.member.resource(self.inputs), self.inputs.get("condition")
        if condition and on.startswith("buckets/"):
            return f"{folder_of(condition['expression']).removeprefix('projects/_/')}an/object"
        if condition:  # on the project, for one bucket
            on = re.findall(r"buckets/[a-z0-9_-]+", condition["expression"])[0]
        return f"{on}/objects/x" if on.startswith("buckets/") and not permission.endswith((".list", "buckets.get")) else on


@pytest.fixture(scope="module")
def store(
    graph: Callable[..., Graph], configuration: Configuration, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Store]:
    """Return a function that writes a stack's identities, buckets and grants into a twin; for a candidate, also those of dev."""

    @functools.cache
    def laid(stack: str) -> Store:
        twin = Store(tmp_path_factory.mktemp(stack))
        environment = "dev" if stack == CANDIDATE else stack
        built = graph(program, environment, configuration(environment))
        _write(twin, built)
        state = {"name": f"northwind-ml-{environment}-state", "project": f"northwind-ml-{environment}"}
        twin.put(Bucket.type, state["name"], state, ready=True)  # of the bootstrap stack
        if stack == CANDIDATE:
            settings = json.loads(json.dumps(built.outputs["factory"]["forecasting"]))
            arguments = {"candidate": CANDIDATE, "identity": settings["identities"][0], "settings": settings}
            _write(twin, graph(candidate_program(arguments), CANDIDATE))
        return twin

    return laid


def program() -> None:
    runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")


def _write(store: Store, built: Graph) -> None:
    for address, inputs in built.values.items():
        resource_type = RESOURCE_TYPES.get(address.partition("::")[0])
        if isinstance(resource_type, (Account, Bucket, CustomRole, Member)):
            named = {name: value for name, value in inputs.items() if name in resource_type.names}
            full = lifecycle.completed(resource_type, named, str(inputs.get("project", "")))
            store.put(resource_type.type, resource_type.id(full), full, ready=True)


def granted(store: Store) -> Iterator[Granted]:
    for member in GRANTS:
        for id_, inputs in store.all(member.type):
            own = re.fullmatch(r"serviceAccount:([a-z0-9-]+)@northwind-ml-[a-z]+\.iam\.gserviceaccount\.com", member.whom(inputs))
            if own and own[1] != "deployer":
                yield Granted(member, id_, inputs, permissions_of(store, inputs["role"]))


def denied(store: Store, grant: Granted) -> list[Denied]:
    """Return the refusals for the permissions of a grant."""
    refused = []
    for permission in sorted(grant.permissions):
        try:
            policy.require(store, grant.identity, permission, grant.resource(permission))
        except Denied as error:
            assert f"lacks {permission} on {grant.resource(permission)}" in error.message  # noqa: PT017  each of them
            refused.append(error)
    return refused


@pytest.mark.parametrize("stack", STACKS)
def test_without_any_single_grant_its_identity_is_refused_by_the_permission_s_name(
    store: Callable[[str], Store], stack: str
) -> None:
    """A grant that can be removed without a refusal is superfluous: another grant allows the same."""
    twin = store(stack)
    grants = list(granted(twin))

    assert 20 < len(grants)
    for grant in grants:
        before = {error.message for error in denied(twin, grant)}
        twin.forget(grant.member.type, grant.id)
        after = {error.message for error in denied(twin, grant)}
        twin.put(grant.member.type, grant.id, grant.inputs, ready=True)
        assert after - before, f"nothing is refused without {grant.id}"


@pytest.mark.parametrize("stack", STACKS)
def test_no_identity_may_grant_make_keys_or_act_as_all_others(store: Callable[[str], Store], stack: str) -> None:
    """The deployer is excluded: no identity may act as it."""
    for grant in granted(store(stack)):
        role = grant.inputs["role"]
        assert not re.search(r"/(owner|editor|viewer|browser)$|admin$", role, re.IGNORECASE), grant.id
        assert [] == [name for name in grant.permissions if FORBIDDEN.fullmatch(name)], grant.id
        assert ACTS not in grant.permissions or "/serviceAccounts/" in grant.member.resource(grant.inputs), grant.id


@pytest.mark.parametrize("stack", STACKS)
def test_an_identity_may_act_only_as_the_identities_that_it_starts(store: Callable[[str], Store], stack: str) -> None:
    """The policy decides for every pair of identities."""
    twin = store(stack)
    accounts = {id_: id_.rpartition("/")[2] for id_, _ in twin.all(Account.type)}
    started = {name for name in accounts.values() if name.startswith(("candidate-", "forecasting-runner"))}
    acting = set()
    for identity in accounts.values():
        for account, name in accounts.items():
            try:
                policy.require(twin, identity, ACTS, account)
            except Denied:
                continue
            acting.add((identity.partition("@")[0], name))

    assert {("factory", name) for name in started} == {pair for pair in acting if pair[0] != "deployer"}


def test_grants_that_the_shipped_environments_lack_also_have_reasons(
    graph: Callable[..., Graph], configuration: Configuration
) -> None:
    """Otherwise `make reference` would fail for the first client with an encryption key or a secret."""
    config = configuration("dev")
    section = json.loads(config["groundwork:environment"])
    section["encryption"] = {"key": "projects/northwind-ml-dev/locations/europe-west2/keyRings/groundwork/cryptoKeys/data"}
    section["secrets"] = {"weather-key": {"deployments": ["forecasting"], "candidates": True}}
    section["audit_log"] = {}
    built = graph(program, "dev", {**config, "groundwork:environment": json.dumps(section)})

    grants = [address.partition("::")[2] for address, inputs in built.values.items() if member_of(inputs)]
    assert set(OPTIONAL) <= {pattern_of(name) for name in grants}
