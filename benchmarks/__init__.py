"""Benchmarks of the platform; `make bench` prints their results."""
