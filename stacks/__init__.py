"""The program: the resources of an environment, of the bootstrap stack and of a candidate."""
