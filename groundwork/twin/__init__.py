"""The twin, a local Google Cloud emulator: one directory, the services that work on it, and the interfaces to them."""
