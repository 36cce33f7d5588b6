"""The interfaces of the twin: for the Pulumi engine, for git, and for tests."""
