"""The expected conversion rate of each day: a pipeline of another kind than the reference pipeline, for tests of the platform."""
