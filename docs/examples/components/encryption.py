"""Everything in a project may be encrypted with a key that is there already."""

from components.encryption import Encryption, EncryptionArgs

Encryption(
    "data-key",
    EncryptionArgs(
        key="projects/northwind-ml-dev/locations/europe-west2/keyRings/groundwork/cryptoKeys/data", project="northwind-ml-dev"
    ),
)
