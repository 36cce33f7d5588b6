"""Create a network that accepts no incoming connections and reaches only Google's APIs."""

from components.network import Network, NetworkArgs

Network(
    "private",
    NetworkArgs(network="private", project="northwind-ml-dev", region="europe-west2", range="10.10.0.0/20", flow_logs=False),
)
