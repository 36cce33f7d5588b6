"""Pulumi's engine through its Automation API: environments' stacks, candidates' stacks, and moving a state."""
