"""Checks a client's files and loads each one into a raw table: completely and once, or not at all."""
