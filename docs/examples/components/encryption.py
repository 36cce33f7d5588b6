"""Permit the services of a project to encrypt with an existing key."""

from components.encryption import Encryption, EncryptionArgs

Encryption(
    "data-key",
    EncryptionArgs(
        key="projects/northwind-ml-dev/locations/europe-west2/keyRings/groundwork/cryptoKeys/data", project="northwind-ml-dev"
    ),
)
