"""The Git provider on the twin: bare repositories, pull requests, and their events."""
