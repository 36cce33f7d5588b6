"""What `Platform.objects` does on every cloud, gcsfs's way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.contract.conftest import World


@pytest.fixture
def bucket(world: World) -> str:
    return world.make_bucket("northwind-ml-dev-raw")


def test_an_object_is_read_as_it_was_written(world: World, bucket: str) -> None:
    objects = world.platform().objects
    objects.pipe_file(f"gs://{bucket}/sales/weekly.csv", b"a,b\n")
    with objects.open(f"gs://{bucket}/sales/weekly.csv", "r", encoding="utf-8") as file:
        assert file.read() == "a,b\n"
    assert objects.info(f"gs://{bucket}/sales/weekly.csv")["size"] == 4


def test_what_lies_in_a_bucket_is_listed_without_the_protocol(world: World, bucket: str) -> None:
    objects = world.platform().objects
    for name in ("a/1.txt", "a/b/2.txt", "3.txt"):
        objects.pipe_file(f"gs://{bucket}/{name}", b"x")
    assert objects.find(f"gs://{bucket}") == [f"{bucket}/3.txt", f"{bucket}/a/1.txt", f"{bucket}/a/b/2.txt"]
    assert objects.ls(f"gs://{bucket}", detail=False) == [f"{bucket}/3.txt", f"{bucket}/a"]
    assert objects.glob("gs://*/a/*.txt") == [f"{bucket}/a/1.txt"]


def test_folders_go_with_what_is_in_them(world: World, bucket: str) -> None:
    objects = world.platform().objects
    objects.pipe_file(f"gs://{bucket}/a/b/1.txt", b"x")
    objects.rm(f"gs://{bucket}/a", recursive=True)
    assert objects.ls(f"gs://{bucket}") == []
    assert objects.exists(f"gs://{bucket}")


def test_writing_again_replaces(world: World, bucket: str) -> None:
    objects = world.platform().objects
    objects.pipe_file(f"gs://{bucket}/x", b"first, and longer")
    objects.pipe_file(f"gs://{bucket}/x", b"second")
    assert objects.cat_file(f"gs://{bucket}/x") == b"second"


def test_an_object_is_not_there_until_it_is_whole(world: World, bucket: str) -> None:
    objects = world.platform().objects
    with objects.open(f"gs://{bucket}/x", "wb") as file:
        file.write(b"half")
        assert not objects.exists(f"gs://{bucket}/x")
    assert objects.exists(f"gs://{bucket}/x")


@pytest.mark.parametrize("mode", ["wb", "w"])
def test_a_write_that_fails_leaves_what_was_there(world: World, bucket: str, mode: str) -> None:
    objects = world.platform().objects
    objects.pipe_file(f"gs://{bucket}/x", b"before")

    def fail() -> None:
        with objects.open(f"gs://{bucket}/x", mode) as file:
            file.write(b"half" if mode == "wb" else "half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert objects.cat_file(f"gs://{bucket}/x") == b"before"


def test_a_bucket_or_an_object_that_is_not_there_is_not_found(world: World, bucket: str) -> None:
    objects = world.platform().objects
    asks: list[Callable[[], object]] = [
        lambda: objects.cat_file(f"gs://{bucket}/gone"),
        lambda: objects.ls("gs://northwind-gone"),
        lambda: objects.pipe_file("gs://northwind-gone/x", b"x"),
        lambda: objects.rm(f"gs://{bucket}/gone"),
    ]
    for ask in asks:
        with pytest.raises(FileNotFoundError):
            ask()


@pytest.mark.parametrize("name", ["../northwind-ml-dev-other/x", "..", "a/../../x", "./x", "a//x"])
def test_a_name_that_leads_elsewhere_is_refused(world: World, bucket: str, name: str) -> None:
    objects = world.platform().objects
    with pytest.raises(PermissionError):
        objects.cat_file(f"gs://{bucket}/{name}")
    with pytest.raises(PermissionError):
        objects.pipe_file(f"gs://{bucket}/{name}", b"x")


def test_an_identity_without_a_grant_is_denied_by_permission_and_bucket(world: World, bucket: str) -> None:
    world.platform().objects.pipe_file(f"gs://{bucket}/x", b"x")
    nobody = world.make_account("nobody-here")
    objects = world.platform(nobody).objects
    asks: dict[str, Callable[[], object]] = {
        "get": lambda: objects.cat_file(f"gs://{bucket}/x"),
        "list": lambda: objects.ls(f"gs://{bucket}"),
        "create": lambda: objects.pipe_file(f"gs://{bucket}/y", b"y"),
        "delete": lambda: objects.rm_file(f"gs://{bucket}/x"),
    }
    for permission, ask in asks.items():
        with pytest.raises(PermissionError, match=rf"{nobody} lacks storage\.objects\.{permission} on buckets/{bucket}"):
            ask()


def test_who_may_only_create_cannot_overwrite(world: World, bucket: str) -> None:
    creator = world.make_account("creator-only", {"roles/storage.objectCreator": f"buckets/{bucket}"})
    objects = world.platform(creator).objects
    objects.pipe_file(f"gs://{bucket}/x", b"first")
    with pytest.raises(PermissionError, match=r"storage\.objects\.delete"):
        objects.pipe_file(f"gs://{bucket}/x", b"second")
    assert world.platform().objects.cat_file(f"gs://{bucket}/x") == b"first"
