"""What outlives an environment, from the files that people deploy."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from stacks import names
from stacks.bootstrap import bootstrap
from stacks.config import Environment

if TYPE_CHECKING:
    from tests.conftest import Graph

Configuration = Callable[[str], dict[str, str]]


def test_the_bootstrap_makes_its_inventory_and_nothing_else(
    graph: Callable[..., Graph], matches_inventory: Callable[[Graph, str], None], configuration: Configuration
) -> None:
    matches_inventory(graph(lambda: bootstrap(Environment.load()), "prod", configuration("prod")), "stack-bootstrap")


def test_the_key_has_the_name_that_the_environment_file_takes(graph: Callable[..., Graph], configuration: Configuration) -> None:
    built = graph(lambda: bootstrap(Environment.load()), "prod", configuration("prod"))

    ring = built.values["gcp:kms/keyRing:KeyRing::keys"]
    key = built.values["gcp:kms/cryptoKey:CryptoKey::keys-data"]
    place = f"projects/{ring['project']}/locations/{ring['location']}/keyRings/{ring['name']}"
    assert names.key(f"{place}/cryptoKeys/{key['name']}")


def test_the_states_bucket_keeps_what_was_and_goes_with_no_content(
    graph: Callable[..., Graph], configuration: Configuration
) -> None:
    built = graph(lambda: bootstrap(Environment.load()), "prod", configuration("prod"))

    assert built.values["gcp:storage/bucket:Bucket::state"]["forceDestroy"] is False
    assert built.values["gcp:storage/bucket:Bucket::state"]["versioning"] == {"enabled": True}
