"""Everything that Pulumi builds for the selected stack."""

import pulumi

from groundwork.environment import file
from groundwork.errors import GroundworkError
from stacks import environment

try:
    environment.deploy(file.Environment.load())
except GroundworkError as error:
    raise pulumi.RunError(str(error)) from error
