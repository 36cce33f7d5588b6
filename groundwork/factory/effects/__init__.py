"""The effects of a promotion, which can be rolled back: one file each; the ledger stores the names that `effects` returns."""

from __future__ import annotations

from collections.abc import Callable

from groundwork.factory.effects.alias import Alias
from groundwork.factory.effects.batches import Batches
from groundwork.factory.effects.copies import Copies
from groundwork.factory.effects.execution import Execution
from groundwork.factory.effects.lease import Lease
from groundwork.factory.effects.object_folder import Objects
from groundwork.factory.effects.pull_request import Proposed
from groundwork.factory.effects.rows import Rows
from groundwork.factory.effects.schedule import Scheduled
from groundwork.factory.effects.stack import CandidateStack, Program
from groundwork.factory.effects.version import ModelVersion
from groundwork.factory.protocols import Effect
from groundwork.ports.platform import Platform


def effects(platform: Platform, program: Program, *, hear: Callable[[str], None] = lambda _: None) -> dict[str, Effect]:
    """Return every effect by its name; no part of the platform is loaded before it is needed.

    `program` is the Pulumi program of a candidate's stack; `hear` gets the logs of builds.
    """
    return {
        "alias": Alias(platform),
        "batches": Batches(platform),
        "copies": Copies(platform),
        "execution": Execution(platform, hear),
        "lease": Lease(platform),
        "objects": Objects(platform),
        "pull_request": Proposed(platform),
        "rows": Rows(platform),
        "schedule": Scheduled(platform),
        "stack": CandidateStack(platform, program),
        "version": ModelVersion(platform),
    }
