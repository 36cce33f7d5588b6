"""Evaluate each push to main that changes the pipeline."""

from pathlib import Path

from components.build_trigger import BuildTrigger, BuildTriggerArgs
from groundwork.google.build_file import read_build_file

IMAGE = f"europe-west2-docker.pkg.dev/northwind-ml-dev/images/groundwork@sha256:{'0' * 64}"

BuildTrigger(
    "forecasting-push",
    BuildTriggerArgs(
        trigger="forecasting-push",
        project="northwind-ml-dev",
        region="europe-west2",
        description="A push to forecasting",
        build=read_build_file(Path("cloudbuild/evaluate.yaml")).fill(_FACTORY="{}", _IMAGE=IMAGE),
        repository="projects/northwind-ml-dev/locations/europe-west2/connections/github/repositories/forecasting",
        branch="^main$",
        included_files=["pipelines/forecasting/**"],
        service_account="projects/northwind-ml-dev/serviceAccounts/factory@northwind-ml-dev.iam.gserviceaccount.com",
    ),
)
