"""IAM on the twin: identities, grants, and the check of each permission."""
