"""A Google Cloud on this machine: one directory, the services that rule over it, and the doors that lead in."""
