"""Values of an environment that Terraform knows: taken from the outputs in its state, before they are checked."""
