"""Fresh checkouts, each with a twin of its own."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.e2e.workplace import ROOT, SAMPLE, Workplace, checkout_into


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Workplace]:
    """Return a function that makes a fresh checkout."""
    return lambda: checkout_into(tmp_path_factory.mktemp("checkout"))


@pytest.fixture(scope="module")
def place(fresh: Callable[[], Workplace]) -> Workplace:
    """Return a checkout with `dev` deployed and the sample sales loaded; a module with another start has its own `place`."""
    deployed = fresh()
    deployed.groundwork("twin", "env")
    deployed.pulumi("up", "--stack", "dev", "--yes", "--skip-preview")
    deployed.groundwork("load", str(ROOT / SAMPLE))
    return deployed
