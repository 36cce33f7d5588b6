"""Cloud Build on the twin: matches pushes with triggers, reads build files, and runs their steps as processes."""
