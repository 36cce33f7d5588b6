"""Parts that every service of the twin shares: the store, resource types, locks, and processes."""
