"""The part of the platform that a pipeline may import."""
