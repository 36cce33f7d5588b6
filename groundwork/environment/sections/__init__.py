"""The sections of the environment file, each validated separately."""
