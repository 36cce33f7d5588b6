"""What served before."""

from __future__ import annotations

from groundwork.factory.champions import Served, before


def served(*versions: str) -> list[Served]:
    return [
        Served(sequence=number, candidate=f"c{number}", run=f"r{number}", version=version)
        for number, version in enumerate(versions, 1)
    ]


def test_nothing_served_before_the_first() -> None:
    assert before([]) is None
    assert before(served("1")) is None


def test_the_version_before_comes_back() -> None:
    assert (found := before(served("1", "2", "3"))) is not None
    assert found.version == "2"


def test_going_back_twice_goes_back_two_versions() -> None:
    """After a rollback the last row names the older version: going back again must not return to what was left."""
    assert (found := before(served("1", "2", "3", "2"))) is not None
    assert found.version == "1"


def test_after_going_back_to_the_first_there_is_nothing_before() -> None:
    assert before(served("1", "2", "1")) is None
