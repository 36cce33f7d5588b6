"""How long the audit log is kept out of reach."""

from typing import Annotated

from pydantic import Field

from groundwork.environment.sections.base import Section


class AuditLog(Section):
    """Google's audit log of the project, copied to a bucket that no `destroy` knows: `groundwork bootstrap` makes it first."""

    keep_days: Annotated[int, Field(ge=1, le=3650)] = 400
    """For so long nobody can delete or overwrite a copy. Google keeps its own log of changes for 400 days, and that of who reads
    data for 30: https://cloud.google.com/logging/quotas#logs_retention_periods."""

    locked: bool = False
    """Nobody can shorten `keep_days` or take it away again, ever, Google included."""
