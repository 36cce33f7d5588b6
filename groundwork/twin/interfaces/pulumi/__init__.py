"""The Pulumi interface: the engine takes it for Google's provider. Run as a module, it serves the twin in `GROUNDWORK_TWIN`."""
