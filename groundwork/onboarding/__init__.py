"""New environments: their files written, checked and copied, before anything is created."""
