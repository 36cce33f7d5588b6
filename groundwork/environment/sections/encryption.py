"""The section `encryption`: the key for the client's data."""

from typing import Annotated

from pydantic import AfterValidator

from groundwork.environment import validators
from groundwork.environment.sections.base import Section


class Encryption(Section):
    """A key in Cloud KMS that the client manages."""

    key: Annotated[str, AfterValidator(validators.key)]
    """The full name, without a version, of a symmetric key in the environment's region. It encrypts buckets, datasets, images,
    topics and the disks of Workbench."""
