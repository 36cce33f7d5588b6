"""What an environment's program may not build, whoever writes it: refused before the first resource is registered."""
