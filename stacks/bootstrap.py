"""The resources that outlive an environment: the buckets of its state and of its audit log, and the keys of its data.

`destroy` of the environment must not delete them.
"""

from __future__ import annotations

import pulumi

from components.bucket import Bucket, BucketArgs
from components.key_ring import KeyRing, KeyRingArgs
from components.services import Services, ServicesArgs
from groundwork.environment import names
from groundwork.environment.file import Environment
from stacks import people

KEY = "data"
RING = "groundwork"


def bootstrap(environment: Environment) -> None:
    """Build the stack of the Pulumi project `groundwork-bootstrap`. All of it is protected, except readers of the audit log."""
    environment.hidden.everywhere()
    project, region = environment.project, environment.region
    labels = {"client": environment.client, "environment": pulumi.get_stack(), "managed-by": "groundwork-bootstrap"}
    services = Services("apis", ServicesArgs(project=project, services=["cloudkms", "storage"]))

    state = Bucket(
        "state",
        BucketArgs(bucket=names.state_bucket(project), project=project, location=region, labels=labels),
        services.before("storage"),
    )
    if environment.audit_log:
        audit = BucketArgs(
            bucket=names.audit_bucket(project),
            project=project,
            location=region,
            labels=labels,
            kept_days=environment.audit_log.keep_days,
            locked=environment.audit_log.locked,
            readers=people.of_the_ledger(environment),
        )
        pulumi.export("audit", Bucket("audit", audit, services.before("storage")).url)
    ring = KeyRing(
        "keys",
        KeyRingArgs(ring=RING, project=project, location=region, labels=labels, keys=[KEY]),
        services.before("cloudkms").merge(pulumi.ResourceOptions(protect=True)),
    )

    pulumi.export("key", ring.keys[KEY])
    pulumi.export("state", state.url)
