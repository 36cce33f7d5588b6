"""Projects and their services on the twin."""
