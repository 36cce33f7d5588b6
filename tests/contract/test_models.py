"""What `Models` does on every cloud."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from groundwork.ports.errors import Absent, Conflict, Denied
from groundwork.ports.models import CHAMPION
from groundwork.twin.core.store import Store
from groundwork.twin.vertex.models_client import twin_models

if TYPE_CHECKING:
    from collections.abc import Callable

    from groundwork.ports.models import Models, Version
    from tests.contract.conftest import World

ARTIFACT = "gs://northwind-ml-dev-records/model"


def models_of(world: World, identity: str | None = None) -> Models:
    """Return the models, through a connection of its own as another process has one."""
    folder = world.connection.removeprefix("twin:")
    return twin_models(Store(Path(folder)), identity, world.project)


def register(models: Models, key: str) -> Version:
    return models.register("forecasting", key=key, artifact=ARTIFACT, labels={"commit": "abc"})


def test_versions_are_numbered_and_listed_oldest_first(world: World) -> None:
    models = models_of(world)
    assert models.versions("forecasting") == []
    for number in range(11):
        assert register(models, f"candidate-{number}").version == str(number + 1)
    assert [version.key for version in models.versions("forecasting")] == [f"candidate-{number}" for number in range(11)]
    assert models.versions("another") == []


def test_one_key_is_registered_once(world: World) -> None:
    models = models_of(world)
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: register(models_of(world), "candidate"), range(16)))
    assert {version.version for version in found} == {"1"}
    assert models.versions("forecasting") == [found[0]]
    assert (found[0].artifact, dict(found[0].labels), found[0].aliases) == (ARTIFACT, {"commit": "abc"}, ())


def test_an_alias_is_on_one_version(world: World) -> None:
    models = models_of(world)
    first, second = register(models, "a").version, register(models, "b").version
    models.move_alias("forecasting", CHAMPION, to=first, expected=None)
    models.move_alias("forecasting", CHAMPION, to=second, expected=first)
    models.move_alias("forecasting", CHAMPION, to=second, expected=first)
    assert models.alias("forecasting", CHAMPION) == second
    assert [version.aliases for version in models.versions("forecasting")] == [(), (CHAMPION,)]
    models.move_alias("forecasting", CHAMPION, to=None, expected=second)
    assert models.alias("forecasting", CHAMPION) is None


def test_an_alias_that_is_elsewhere_than_expected_stays(world: World) -> None:
    models = models_of(world)
    first, second = register(models, "a").version, register(models, "b").version
    models.move_alias("forecasting", CHAMPION, to=first, expected=None)
    for expected in (None, second):
        with pytest.raises(Conflict, match="is on version 1"):
            models.move_alias("forecasting", CHAMPION, to=second, expected=expected)
    with pytest.raises(Absent):
        models.move_alias("forecasting", CHAMPION, to="7", expected=first)
    assert models.alias("forecasting", CHAMPION) == first


def test_of_many_who_move_an_alias_at_once_one_wins(world: World) -> None:
    versions = [register(models_of(world), f"candidate-{number}").version for number in range(8)]

    def move(version: str) -> str | None:
        try:
            models_of(world).move_alias("forecasting", CHAMPION, to=version, expected=None)
        except Conflict:
            return None
        return version

    with ThreadPoolExecutor(8) as threads:
        won = [version for version in threads.map(move, versions) if version]
    assert [models_of(world).alias("forecasting", CHAMPION)] == won


def test_a_version_with_an_alias_is_not_deleted(world: World) -> None:
    models = models_of(world)
    version = register(models, "a").version
    models.move_alias("forecasting", CHAMPION, to=version, expected=None)
    with pytest.raises(Conflict, match="is its champion"):
        models.delete("forecasting", version)


def test_what_was_registered_and_deleted_leaves_nothing(world: World) -> None:
    models = models_of(world)
    kept = register(models, "kept")
    for _ in range(2):
        version = register(models, "gone").version
        models.move_alias("forecasting", CHAMPION, to=version, expected=None)
        models.move_alias("forecasting", CHAMPION, to=None, expected=version)
        models.delete("forecasting", version)
        models.delete("forecasting", version)
        assert models.versions("forecasting") == [kept]
    assert version == "2"


@pytest.mark.parametrize(
    "wrong",
    [
        {"model": "Forecasting"}, {"key": "a key"}, {"key": ""}, {"artifact": "records/model"}, {"labels": {"Commit": "a"}},
        {"labels": {"commit": "A"}}, {"labels": {"commit": "a" * 64}}, {"labels": {f"l{n}": "" for n in range(64)}},
    ],
)  # fmt: skip
def test_what_vertex_would_refuse_is_a_conflict(world: World, wrong: dict[str, object]) -> None:
    given = {"model": "forecasting", "key": "a", "artifact": ARTIFACT, "labels": {}, **wrong}
    with pytest.raises(Conflict):
        models_of(world).register(given.pop("model"), **given)  # type: ignore[arg-type]  # wrong on purpose
    assert models_of(world).versions("forecasting") == []


@pytest.mark.parametrize("alias", ["default", "Champion", "1", "c", "champion-", "cham pion", "a" * 129])
def test_an_alias_that_vertex_would_not_take_is_a_conflict(world: World, alias: str) -> None:
    version = register(models_of(world), "a").version
    with pytest.raises(Conflict, match="is not an alias"):
        models_of(world).move_alias("forecasting", alias, to=version, expected=None)


def test_who_may_only_look_changes_nothing(world: World) -> None:
    version = register(models_of(world), "a").version
    models = models_of(world, world.make_account("viewer-only", {"roles/aiplatform.viewer": f"projects/{world.project}"}))
    assert [found.version for found in models.versions("forecasting")] == [version]
    assert models.alias("forecasting", CHAMPION) is None
    asks: dict[str, Callable[[], object]] = {
        "upload": lambda: register(models, "b"),
        "update": lambda: models.move_alias("forecasting", CHAMPION, to=version, expected=None),
        "delete": lambda: models.delete("forecasting", version),
    }
    for permission, ask in asks.items():
        with pytest.raises(Denied, match=rf"lacks aiplatform\.models\.{permission} on projects/{world.project}"):
            ask()
