"""Executes a pipeline's notebook as a build does: the pushed pipeline under the platform's own code, no result of a failure."""
