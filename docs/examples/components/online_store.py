"""Create a store for online look-ups of features. It costs money while it exists."""

from components.online_store import OnlineStore, OnlineStoreArgs

OnlineStore(
    "features",
    OnlineStoreArgs(store="features", project="northwind-ml-dev", region="europe-west2", labels={"client": "northwind"}),
)
