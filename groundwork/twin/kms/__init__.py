"""Cloud KMS on the twin."""
