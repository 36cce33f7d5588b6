"""A store that answers with features; it costs money while it stands."""

from components.online_store import OnlineStore, OnlineStoreArgs

OnlineStore(
    "features",
    OnlineStoreArgs(store="features", project="northwind-ml-dev", region="europe-west2", labels={"client": "northwind"}),
)
