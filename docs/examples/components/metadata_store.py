"""The store that the first run would otherwise have to make."""

from components.metadata_store import MetadataStore, MetadataStoreArgs

MetadataStore(
    "metadata",
    MetadataStoreArgs(project="northwind-ml-dev", region="europe-west2", description="What runs made of what"),
)
