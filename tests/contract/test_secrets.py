"""What every adapter's secrets do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from groundwork.ports.errors import Absent, Denied

if TYPE_CHECKING:
    from tests.contract.conftest import World


def test_the_newest_version_is_read_by_those_who_may(world: World) -> None:
    secret = world.make_secret("weather-api", "the first", "the second")
    reader = world.make_account("reader", {"roles/secretmanager.secretAccessor": secret})

    assert "the second" == world.platform(reader).secret(secret)


def test_others_are_denied_by_the_name_of_the_permission(world: World) -> None:
    other = world.make_secret("another", "not this one")
    secret = world.make_secret("weather-api", "the payload")
    stranger = world.make_account("stranger", {"roles/secretmanager.secretAccessor": other})

    with pytest.raises(Denied, match=r"lacks secretmanager\.versions\.access on .*weather-api") as denied:
        world.platform(stranger).secret(secret)
    assert "the payload" not in str(denied.value)


def test_a_secret_without_a_version_is_absent(world: World) -> None:
    secret = world.make_secret("weather-api")

    with pytest.raises(Absent, match="has no version"):
        world.platform().secret(secret)
