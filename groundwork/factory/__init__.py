"""The Model Factory: takes a pushed commit through its steps and a person's review decision one branch up, or back to nothing."""
