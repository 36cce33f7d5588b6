"""Artifact Registry on the twin."""
