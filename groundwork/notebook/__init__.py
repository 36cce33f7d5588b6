"""Executes a pipeline's notebook in a build: the pushed pipeline with the platform's code. A failure leaves no results."""
