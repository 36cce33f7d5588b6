"""Bootstrap an environment on the twin, which stores the states of this machine, and the bucket as a folder."""

from __future__ import annotations

from pathlib import Path

from groundwork.adapters.connect import twin_states
from groundwork.environment import names
from groundwork.operations.bootstrap import Bootstrap, Bootstrapped, program, project_of


def bootstrap_on_twin(root: Path, stack: str, file: Path) -> Bootstrapped:
    """Bootstrap an environment from its file, on the twin in a folder; raises GroundworkError."""
    variables, local, bucket = twin_states(root, names.state_bucket(project_of(file)))
    return Bootstrap(stack, file, variables, root).run(program, local, bucket)
