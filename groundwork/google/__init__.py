"""Facts about Google Cloud that the program, the platform and the twin go by. Imports nothing of either."""
