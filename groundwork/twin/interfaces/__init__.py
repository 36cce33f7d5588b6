"""The ways into the twin: as the Pulumi engine, or git, knows them."""
