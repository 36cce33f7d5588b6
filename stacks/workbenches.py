"""Where people learn from the data: a Workbench instance for each data scientist."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from components.workbench import Place, Workbench, WorkbenchArgs
from groundwork.environment import names
from groundwork.environment.file import Environment
from stacks.foundation import Foundation


def learning(
    environment: Environment,
    base: Foundation,
    datasets: Mapping[str, pulumi.Input[str]],
    labels: Mapping[str, str],
    place: Place | None,
) -> None:
    """Build it.

    A notebook reads the raw tables, or, with a holdout, their training views, and what every deployment
    has stored, and writes to none of them: what is stored as a result comes from a push, under a deployment's own identity, and
    can be retracted.
    """
    for who, workbench in environment.workbenches.items():
        Workbench(
            names.workbench_of(who),
            WorkbenchArgs(
                workbench=names.workbench_of(who),
                project=environment.project,
                zone=f"{environment.region}-{workbench.zone}",
                owner=workbench.owner,
                labels=labels,
                reads=datasets,
                place=place,
                protect=environment.protect_data,
                key=base.key,
                machine_type=workbench.machine_type,
            ),
            base.services.before("notebooks", "aiplatform", "compute", "iam", "cloudresourcemanager", "bigquery"),
        )
