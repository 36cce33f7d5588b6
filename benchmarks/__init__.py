"""What the platform costs; `make bench` prints it."""
