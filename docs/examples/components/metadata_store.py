"""Create the metadata store before the first pipeline run."""

from components.metadata_store import MetadataStore, MetadataStoreArgs

MetadataStore(
    "metadata",
    MetadataStoreArgs(project="northwind-ml-dev", region="europe-west2", description="Artifacts and executions of pipeline runs"),
)
