"""Cloud Build on the twin: which trigger a push fires, what its steps say, and the processes that they become."""
