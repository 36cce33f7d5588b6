"""What Google, the twin or the program itself refuses, and what a person reads then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.integration.engine.conftest import Engine

pytestmark = [pytest.mark.engine]

BEGIN = "import pulumi\nimport pulumi_gcp as gcp\n"


def test_what_google_would_not_make_is_refused(shared: Engine) -> None:
    shared.program(
        BEGIN + "gcp.pubsub.Topic('topic', name='notifications')\n"
        "role, member = 'roles/bigquery.jobUser', 'serviceAccount:nobody-here@northwind-ml-dev.iam.gserviceaccount.com'\n"
        "gcp.projects.IAMMember('grant', project='northwind-ml-dev', role=role, member=member)\n"
    )
    said = shared.refused("up", "--yes", "--skip-preview", "--continue-on-error")

    assert (
        "pubsub.googleapis.com is not enabled in project northwind-ml-dev; enable it and make this resource depend on that"
        in said
    )
    assert "service account nobody-here@northwind-ml-dev.iam.gserviceaccount.com does not exist" in said
    assert not [resource for resource in shared.resources().values() if resource["type"].startswith("gcp:")]


def test_a_type_that_the_twin_does_not_know_is_refused_by_name(shared: Engine) -> None:
    shared.program(BEGIN + "gcp.redis.Instance('cache', name='cache', memory_size_gb=1)\n")
    assert "the twin does not know gcp:redis/instance:Instance" in shared.refused("preview")


def test_a_name_that_google_rejects_is_refused_at_preview(shared: Engine) -> None:
    shared.program(BEGIN + "gcp.storage.Bucket('raw', name='Northwind', location='EU')\n")
    assert "`Northwind` is not a valid name" in shared.refused("preview")


def test_a_look_up_is_refused_by_name(shared: Engine) -> None:
    shared.program(BEGIN + "gcp.organizations.get_project()\n")
    assert "the twin does not know gcp:organizations/getProject:getProject; pass the value in" in shared.refused("preview")


def test_a_program_that_raises_shows_its_own_traceback_once(shared: Engine) -> None:
    shared.program("def sales():\n    return {}['Weekly_Sales']\n\nsales()\n")
    said = shared.refused("preview").partition("Diagnostics:")[2]

    assert said.count("KeyError: 'Weekly_Sales'") == 1
    assert 'project/__main__.py", line 2, in sales' in said
    assert "language_host.py" not in said
    assert "runpy" not in said


def test_a_run_error_is_just_its_message(shared: Engine) -> None:
    shared.program(BEGIN + "raise pulumi.RunError('the environment file has 2 mistakes')\n")
    said = shared.refused("preview").partition("Diagnostics:")[2]

    assert said.count("the environment file has 2 mistakes") == 1
    assert "Traceback" not in said
