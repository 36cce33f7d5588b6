"""What can be built on Google Cloud: one logical entity a file, its grants inside."""
