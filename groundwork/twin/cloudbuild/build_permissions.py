"""Checks, before the first step, the service account of a build and the permissions that Cloud Build itself needs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from groundwork.errors import GroundworkError
from groundwork.twin.iam.permissions import require

if TYPE_CHECKING:
    from groundwork.twin.cloudbuild.build_request import BuildRequest
    from groundwork.twin.core.store import Store

_ACCOUNT = "gcp:serviceaccount/account:Account"
_IMAGE = re.compile(r"([a-z0-9-]+)-docker\.pkg\.dev/([a-z0-9-]+)/([a-z0-9-]+)/.+")


def require_account(store: Store, request: BuildRequest) -> None:
    """Refuse a build without a service account, or with one that does not exist or is disabled."""
    if not request.account:
        raise GroundworkError(
            "service-account-not-found", f"the trigger {request.trigger} names no service account", "set its `service_account`"
        )
    row = store.get(_ACCOUNT, request.account)
    if not row or not row.ready:
        raise GroundworkError(
            "service-account-not-found", f"the service account {request.account} does not exist", "make it with `pulumi up`"
        )
    if row.inputs.get("disabled"):
        raise GroundworkError(
            "service-account-not-ready", f"the service account {request.account} is disabled", "enable it with `pulumi up`"
        )


def require_pool_and_log(store: Store, request: BuildRequest) -> None:
    """Refuse a build that may not use the pool that it names, or write the log that it asks for; raises Denied.

    https://cloud.google.com/build/docs/private-pools/run-builds-in-private-pool and
    https://cloud.google.com/build/docs/securing-builds/store-manage-build-logs describe the roles. The twin starts no build with
    a log that cannot be written, because its result could not be explained.
    """
    options = (request.build or {}).get("options") or {}
    email = request.account.rpartition("/")[2]
    if pool := options.get("workerPool"):
        require(store, email, "cloudbuild.workerpools.use", pool)
    if options.get("logging") == "CLOUD_LOGGING_ONLY":
        require(store, email, "logging.logEntries.create", f"projects/{request.project}")


def require_images(store: Store, request: BuildRequest, images: Iterable[str]) -> None:
    """Refuse a build that may not pull the images of its steps from Artifact Registry; raises Denied.

    https://cloud.google.com/artifact-registry/docs/access-control. Nothing is pulled here; images of other registries are public.
    """
    for image in sorted(set(images)):
        if found := _IMAGE.fullmatch(image):
            location, project, repository = found.groups()
            place = f"projects/{project}/locations/{location}/repositories/{repository}"
            require(store, request.account.rpartition("/")[2], "artifactregistry.repositories.downloadArtifacts", place)
