"""Vertex AI on the twin: pipeline runs, models, schedules, and the resources around them."""
