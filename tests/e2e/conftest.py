"""Fresh checkouts, each with a twin of its own."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.e2e.workplace import Workplace, checkout_into


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Workplace]:
    """Return a function that makes a fresh checkout."""
    return lambda: checkout_into(tmp_path_factory.mktemp("checkout"))
