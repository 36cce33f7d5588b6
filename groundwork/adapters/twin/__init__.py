"""The ports on the twin."""
