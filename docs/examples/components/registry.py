"""Create a repository for images. Images without a tag are deleted after 90 days."""

from components.registry import Registry, RegistryArgs

Registry(
    "images",
    RegistryArgs(
        repository="images",
        project="northwind-ml-dev",
        location="europe-west2",
        labels={"client": "northwind"},
        description="Images of builds and of the platform",
    ),
)
