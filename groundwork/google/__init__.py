"""Facts about Google Cloud for the program, the platform and the twin; imports none of them."""
