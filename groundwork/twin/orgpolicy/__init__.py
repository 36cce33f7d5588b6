"""Organisation policies on the twin."""
