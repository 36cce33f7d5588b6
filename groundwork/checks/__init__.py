"""Checks a pushed pipeline before its notebook runs: its folder, its tests, and that it compiles."""
