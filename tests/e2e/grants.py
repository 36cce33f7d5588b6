"""The grants of programs on a twin, and which of them anything has needed there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from groundwork.twin.bigquery.dataset_access import GRANTS
from groundwork.twin.core.store import Store
from groundwork.twin.iam.used_grants import needed

_STEPS = "a step of a run is a process here; on Google its image is pulled as the run's identity"
_CHANGE_SCOPE = "the twin begins no build whose state is in gs://; on Google it does"
_OUTSIDE = "CI is outside: nobody on the twin runs it, or asks for a token"
_VERTEX = "https://cloud.google.com/vertex-ai/docs/pipelines/configure-project"
_POOL = "https://cloud.google.com/build/docs/private-pools/run-builds-in-private-pool"
_STATE = "https://cloud.google.com/storage/docs/access-control/iam-permissions"
_IMAGES = "https://cloud.google.com/artifact-registry/docs/access-control"
_LOGS = "https://cloud.google.com/build/docs/securing-builds/store-manage-build-logs"

NOT_HERE: Mapping[str, str] = {
    "dev: forecasting-runner artifactregistry.reader on repositories/images": f"{_STEPS}: {_VERTEX}",
    "prod: forecasting-runner artifactregistry.reader on repositories/images": f"{_STEPS}: {_VERTEX}",
    "prod: outside-ci artifactregistry.reader on repositories/images": f"{_OUTSIDE}: {_IMAGES}",
    "prod: outside-ci storage.objectViewer on buckets/northwind-ml-prod-state": f"{_OUTSIDE}: {_STATE}",
    "prod: previewer artifactregistry.reader on repositories/images": f"{_CHANGE_SCOPE}: {_IMAGES}",
    "prod: previewer cloudbuild.workerPoolUser on the project": f"{_CHANGE_SCOPE}: {_POOL}",
    "prod: previewer logging.logWriter on the project": f"{_CHANGE_SCOPE}: {_LOGS}",
    "prod: previewer storage.objectViewer on buckets/northwind-ml-prod-state": f"{_CHANGE_SCOPE}: {_STATE}",
    "prod: pool outside-ci iam.workloadIdentityUser on serviceAccounts/outside-ci": (
        f"{_OUTSIDE}: https://cloud.google.com/iam/docs/workload-identity-federation"
    ),
}
"""What nothing on the twin can need, and who tells that Google does."""


def grants(store: Store) -> dict[str, bool]:
    """Return every grant to a program of the environments' own, the deployer apart, and whether anything has needed it.

    The identities of a pool are made by one line and leased by turns: what one of them has needed, all of them have.
    """
    used, found = needed(store), dict[str, bool]()
    for kind, id_, name in _named(store):
        found[name] = found.get(name, False) or (kind, id_) in used
    return found


def _named(store: Store) -> Iterator[tuple[str, str, str]]:
    for member in GRANTS:
        for id_, given in store.all(member.type):
            who = _program(member.whom(given))
            stack = re.search(r"northwind-ml-([a-z]+)", member.resource(given))
            if who and stack:
                named = re.findall(r"buckets/[a-z0-9_-]+", str(given.get("condition")))
                within = "/".join(member.resource(given).split("/")[-2:])
                on = "the project" if within.startswith("projects/") else within.partition("@")[0]
                where = named[0] if named else on
                role = given["role"].rpartition("roles/")[2]
                yield member.type, id_, re.sub(r"candidate-\d+", "candidate", f"{stack[1]}: {who} {role} on {where}")


def _program(member: str) -> str:
    own = re.fullmatch(r"serviceAccount:([a-z0-9-]+)@northwind-ml-[a-z]+\.iam\.gserviceaccount\.com", member)
    pool = re.fullmatch(r"principalSet://.*/workloadIdentityPools/([a-z-]+)/.*", member)
    name = own[1] if own else f"pool {pool[1]}" if pool else ""
    return "" if name == "deployer" else name
