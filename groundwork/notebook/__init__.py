"""Executes a pipeline's notebook in a build: the pushed pipeline with the platform's own code; a failure leaves no results."""
