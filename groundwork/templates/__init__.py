"""Templates of repositories. Every file of `client/` is rendered with Jinja; the platform's own reference pipeline is copied."""
