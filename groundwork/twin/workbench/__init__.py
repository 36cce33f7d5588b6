"""Vertex AI Workbench on the twin."""
