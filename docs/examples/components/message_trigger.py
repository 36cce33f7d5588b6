"""Start a build for each message of a topic."""

from pathlib import Path

from components.message_trigger import MessageTrigger, MessageTriggerArgs
from groundwork.google.build_file import read_build_file

IMAGE = f"europe-west2-docker.pkg.dev/northwind-ml-dev/images/groundwork@sha256:{'0' * 64}"

MessageTrigger(
    "forecasting-reconcile",
    MessageTriggerArgs(
        trigger="forecasting-reconcile",
        project="northwind-ml-dev",
        region="europe-west2",
        description="Advances the promotions of forecasting",
        topic="projects/northwind-ml-dev/topics/reconcile",
        build=read_build_file(Path("cloudbuild/reconcile.yaml")).fill(_FACTORY="{}", _IMAGE=IMAGE),
        service_account="projects/northwind-ml-dev/serviceAccounts/factory@northwind-ml-dev.iam.gserviceaccount.com",
    ),
)
