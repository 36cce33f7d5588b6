"""The owners of a deployment, who are notified of its runs: plain e-mail addresses in the environment file."""

from __future__ import annotations

import re
from urllib.parse import quote

from groundwork.errors import GroundworkError

_ADDRESS = re.compile(r"([^\s@\"<>(),:;\[\]\\]+)@([A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+)")


def owner_url(address: str) -> str:
    """Return the URL under which `Platform.notifications` reaches an address; raises GroundworkError for an invalid address."""
    match = _ADDRESS.fullmatch(address)
    if not match:
        raise GroundworkError(
            "address-invalid", f"`{address}` is not an e-mail address", "write it as `name@domain.example`, without other text"
        )
    return f"mailto://{quote(match[1], safe='')}@{match[2]}"
