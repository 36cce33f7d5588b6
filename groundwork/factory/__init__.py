"""The Model Factory: takes a pushed commit through its steps and a person's verdict one branch up, or back to nothing."""
