"""Protocols of the cloud services that pipelines, builds and the factory use. Adapters are reached through `connect()`."""
