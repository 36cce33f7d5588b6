"""The `groundwork` command: one command a file, each thin over what it calls."""
