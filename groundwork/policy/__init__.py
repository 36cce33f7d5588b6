"""Rules for an environment's program. A program that breaks one is refused before its first resource is registered."""
