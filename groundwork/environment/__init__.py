"""The environment file: its schema, names, validators, and values from Terraform."""
