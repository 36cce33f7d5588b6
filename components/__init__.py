"""Components for Google Cloud: one logical entity a file, its grants inside."""
