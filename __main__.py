"""Everything that Pulumi builds for the selected stack."""

import pulumi

from groundwork.errors import GroundworkError
from stacks import config, environment

try:
    environment.deploy(config.Environment.load())
except GroundworkError as error:
    raise pulumi.RunError(str(error)) from error
