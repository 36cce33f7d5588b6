"""The section `audit_log`: the protected copy of the audit log."""

from typing import Annotated

from pydantic import Field

from groundwork.environment.sections.base import Section


class AuditLog(Section):
    """A copy of the project's audit log, in a bucket that `groundwork bootstrap` creates first and no `destroy` deletes."""

    keep_days: Annotated[int, Field(ge=1, le=3650)] = 400
    """Days for which a copied entry cannot be deleted or overwritten. Google keeps its own log of changes for 400 days, and its
    log of data access for 30: https://cloud.google.com/logging/quotas#logs_retention_periods."""

    locked: bool = False
    """Lock `keep_days` permanently: it can then be neither shortened nor removed, not even by Google."""
