"""With whose keys a client's data are encrypted."""

from typing import Annotated

from pydantic import AfterValidator

from groundwork.environment import validators
from groundwork.environment.sections.base import Section


class Encryption(Section):
    """A key of the client's own, in Cloud KMS."""

    key: Annotated[str, AfterValidator(validators.key)]
    """The key's full name, a symmetric key without its version, in the environment's region. Buckets, datasets, images, topics
    and the disks of Workbench are encrypted with it."""
