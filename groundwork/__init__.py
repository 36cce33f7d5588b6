"""The platform: what evaluates, runs and serves a client's pipelines. Released as one image, never taken from a pushed commit."""

from groundwork.adapters.connect import connect

__all__ = ["connect"]
