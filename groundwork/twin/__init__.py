"""A Google Cloud on this machine: one directory, the services that rule over it, and the interfaces that lead in."""
