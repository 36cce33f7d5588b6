"""A network that lets nobody in, and nobody out but to Google."""

from components.network import Network, NetworkArgs

Network(
    "private",
    NetworkArgs(network="private", project="northwind-ml-dev", region="europe-west2", range="10.10.0.0/20", flow_logs=False),
)
