"""The sections of an environment's file, each checked by itself."""
