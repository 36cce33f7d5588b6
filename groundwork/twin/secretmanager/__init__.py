"""Secret Manager on the twin."""
