"""Objects under a folder that alone was granted, many of them, and several writers at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from groundwork import connect
from groundwork.twin import lifecycle
from groundwork.twin.registry import RESOURCE_TYPES
from tests.contract.conftest import PROJECT, TwinWorld

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BUCKET = "northwind-ml-dev-candidates"
OWN = f"gs://{BUCKET}/candidate-01"
MEMBER = "gcp:storage/bucketIAMMember:BucketIAMMember"


@pytest.fixture
def world(tmp_path: Path) -> TwinWorld:
    world = TwinWorld(tmp_path / "twin")
    world.store.put("gcp:projects/service:Service", f"{PROJECT}/storage.googleapis.com", {"project": PROJECT}, ready=True)
    world.make_bucket(BUCKET)
    return world


@pytest.fixture
def candidate(world: TwinWorld) -> str:
    """Return the platform's name of who may use its own folder, and nothing else."""
    bucket = world.store.get("gcp:storage/bucket:Bucket", BUCKET)
    assert bucket
    world.store.put("gcp:storage/bucket:Bucket", BUCKET, {**bucket.inputs, "uniformBucketLevelAccess": True}, ready=True)
    email = world.make_account("candidate-01")
    expression = f'resource.name.startsWith("projects/_/buckets/{BUCKET}/objects/candidate-01/")'
    given = {
        "bucket": BUCKET, "role": "roles/storage.objectUser", "member": f"serviceAccount:{email}", "project": PROJECT,
        "condition": {"title": "own-folder", "expression": expression},
    }  # fmt: skip
    assert lifecycle.faults(RESOURCE_TYPES[MEMBER], given) == []
    lifecycle.create(world.store, RESOURCE_TYPES[MEMBER], given)
    return email


def test_a_folder_s_own_identity_does_what_it_likes_in_it(world: TwinWorld, candidate: str) -> None:
    objects = world.platform(candidate).objects
    objects.pipe_file(f"{OWN}/a/b.txt", b"one")
    objects.pipe_file(f"{OWN}/a/b.txt", b"two")
    assert objects.cat_file(f"{OWN}/a/b.txt") == b"two"
    assert objects.exists(f"{OWN}/a/b.txt")
    assert not objects.exists(f"{OWN}/gone")
    with objects.open(f"{OWN}/new", "xb") as file:
        file.write(b"x")
    objects.rm_file(f"{OWN}/a/b.txt")
    assert not objects.exists(f"{OWN}/a/b.txt")


@pytest.mark.parametrize("name", ["candidate-02/x", "candidate-01x/x", "x", "candidate-01", "candidate-01/../candidate-02/x"])
def test_whatever_lies_elsewhere_is_refused(world: TwinWorld, candidate: str, name: str) -> None:
    world.platform().objects.pipe_file(f"gs://{BUCKET}/candidate-02/x", b"secret")
    objects = world.platform(candidate).objects
    path = f"gs://{BUCKET}/{name}"
    asks: list[Callable[[], object]] = [
        lambda: objects.cat_file(path),
        lambda: objects.info(path),
        lambda: objects.pipe_file(path, b"forged"),
        lambda: objects.open(path, "xb"),
        lambda: objects.rm_file(path),
        lambda: objects.cp_file(path, f"{OWN}/stolen"),
    ]
    for ask in asks:
        with pytest.raises(PermissionError):
            ask()
    assert world.platform().objects.find(f"gs://{BUCKET}") == [f"{BUCKET}/candidate-02/x"]


def test_listing_is_asked_of_the_bucket_and_refused_in_the_own_folder_too(world: TwinWorld, candidate: str) -> None:
    objects = world.platform(candidate).objects
    objects.pipe_file(f"{OWN}/a/x", b"x")
    for path in (OWN, f"{OWN}/a", f"gs://{BUCKET}"):
        for ask in (objects.ls, objects.find, objects.info):
            with pytest.raises(PermissionError, match=rf"lacks storage\.objects\.(list|get) on buckets/{BUCKET}"):
                ask(path)
    with pytest.raises(PermissionError):
        objects.rm(OWN, recursive=True)
    assert objects.exists(f"{OWN}/a/x")


def test_ten_thousand_objects_go_with_their_folder_and_nothing_else(world: TwinWorld) -> None:
    folder = world.store.root / "buckets" / BUCKET
    for part in range(100):
        (folder / f"run/{part}").mkdir(parents=True)
        for number in range(100):
            (folder / f"run/{part}/{number}").touch()
    (folder / "running").touch()
    cleaner = world.make_account("cleaner-one", {"roles/storage.objectUser": f"buckets/{BUCKET}"})
    objects = world.platform(cleaner).objects
    assert len(objects.find(f"gs://{BUCKET}/run")) == 10_000
    objects.rm(f"gs://{BUCKET}/run", recursive=True)
    assert objects.find(f"gs://{BUCKET}") == [f"{BUCKET}/running"]
    assert [path.name for path in folder.iterdir()] == ["running"]


def test_who_may_list_and_not_delete_removes_nothing(world: TwinWorld) -> None:
    world.platform().objects.pipe_file(f"gs://{BUCKET}/run/x", b"x")
    viewer = world.make_account("viewer-only", {"roles/storage.objectViewer": f"buckets/{BUCKET}"})
    with pytest.raises(PermissionError, match=r"storage\.objects\.delete"):
        world.platform(viewer).objects.rm(f"gs://{BUCKET}/run", recursive=True)
    assert world.platform().objects.exists(f"gs://{BUCKET}/run/x")


def test_of_many_who_create_an_object_one_does(world: TwinWorld) -> None:
    def create(number: int) -> int | None:
        try:
            with connect(world.connection).objects.open(f"gs://{BUCKET}/ledger/1", "xb") as file:
                file.write(str(number).encode())
        except FileExistsError:
            return None
        return number

    with ThreadPoolExecutor(8) as threads:
        won = [number for number in threads.map(create, range(24)) if number is not None]
    assert [int(world.platform().objects.cat_file(f"gs://{BUCKET}/ledger/1"))] == won


def test_who_may_only_create_does_not_overwrite_what_came_meanwhile(world: TwinWorld) -> None:
    creator = world.make_account("creator-only", {"roles/storage.objectCreator": f"buckets/{BUCKET}"})
    late = world.platform(creator).objects.open(f"gs://{BUCKET}/x", "wb")
    late.write(b"late")
    world.platform().objects.pipe_file(f"gs://{BUCKET}/x", b"first")
    with pytest.raises(PermissionError, match=r"storage\.objects\.delete"):
        late.close()
    assert world.platform().objects.cat_file(f"gs://{BUCKET}/x") == b"first"
