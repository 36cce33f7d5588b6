"""Cloud Scheduler on the twin."""
