"""Pulumi's engine through its Automation API: stacks of environments, stacks of candidates, and state migration."""
