"""Cloud Monitoring on the twin."""
