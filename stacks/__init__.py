"""What is built, and for whom."""
