"""The configuration that people deploy, as Pulumi hands it to the program."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from groundwork.environment.file import Environment

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def configuration() -> Callable[[str], dict[str, str]]:
    """Return a function that reads a stack's file: every value as text, as in Pulumi."""

    def read(stack: str) -> dict[str, str]:
        config = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
        return {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}

    return read


@pytest.fixture(scope="session")
def load() -> Callable[..., Environment]:
    """Return a function that loads an environment from the section's value (None: there is none) and a project."""

    def loaded(section: Any, project: str | None = "northwind-ml-dev", *, text: str | None = None) -> Environment:
        config = {} if section is None else {"groundwork:environment": text if text is not None else json.dumps(section)}
        pulumi.runtime.set_all_config({**config, **({"gcp:project": project} if project is not None else {})})
        return Environment.load()

    return loaded


@pytest.fixture
def section(configuration: Callable[[str], dict[str, str]]) -> dict[str, Any]:
    """Return the dev environment's section, to be spoilt."""
    value: dict[str, Any] = json.loads(configuration("dev")["groundwork:environment"])
    return value
