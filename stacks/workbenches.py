"""Workbench instances, one for each data scientist."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from components.workbench import NetworkInterface, Workbench, WorkbenchArgs
from groundwork.environment import names
from groundwork.environment.file import Environment
from stacks.foundation import Foundation


def workbenches(
    environment: Environment,
    base: Foundation,
    datasets: Mapping[str, pulumi.Input[str]],
    labels: Mapping[str, str],
    interface: NetworkInterface | None,
) -> None:
    """Build the instances.

    A notebook reads the raw tables, or the training views if there is a holdout, and the results of every deployment. It writes
    to none of them: results come from a push, under the deployment's own identity, and can be retracted.
    """
    for person, workbench in environment.workbenches.items():
        Workbench(
            names.workbench_of(person),
            WorkbenchArgs(
                workbench=names.workbench_of(person),
                project=environment.project,
                zone=f"{environment.region}-{workbench.zone}",
                owner=workbench.owner,
                labels=labels,
                reads=datasets,
                interface=interface,
                protect=environment.protect_data,
                key=base.key,
                machine_type=workbench.machine_type,
            ),
            base.services.before("notebooks", "aiplatform", "compute", "iam", "cloudresourcemanager", "bigquery"),
        )
