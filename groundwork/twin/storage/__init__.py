"""Cloud Storage on the twin."""
