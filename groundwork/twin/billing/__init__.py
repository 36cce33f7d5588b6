"""Cloud Billing on the twin."""
