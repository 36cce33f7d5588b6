"""What reaches Google; each part by somebody's word alone."""
