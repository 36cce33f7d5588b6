"""Files of a client, checked whole and loaded into a raw table: all of a file, once, or nothing."""
