"""Compute Engine networks on the twin."""
