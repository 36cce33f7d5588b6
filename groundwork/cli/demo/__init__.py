"""The demos: the whole lifecycle on the twin, run by one command."""
