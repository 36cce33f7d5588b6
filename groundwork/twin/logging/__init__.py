"""Cloud Logging on the twin."""
