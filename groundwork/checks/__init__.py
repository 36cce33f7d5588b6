"""What a pushed pipeline is put through before its notebook runs: is the folder in order, does it compile, do its tests pass."""
