"""Protocols of the cloud services that pipelines, builds and the factory use. `connect()` returns their adapters."""
