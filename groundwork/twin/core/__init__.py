"""What every service of the twin shares: the store, resource types, their lifecycle, and processes."""
