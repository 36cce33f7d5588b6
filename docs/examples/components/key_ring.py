"""Create a ring with one key, which gets a new version every 90 days."""

from components.key_ring import KeyRing, KeyRingArgs

KeyRing(
    "groundwork",
    KeyRingArgs(
        ring="groundwork",
        project="northwind-ml-dev",
        location="europe-west2",
        labels={"client": "northwind"},
        keys=["data"],
    ),
)
