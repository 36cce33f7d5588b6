"""The chain of branches that a change is promoted along, from a data scientist's branch to production."""

from __future__ import annotations

import re
from collections.abc import Container

from groundwork.contract.factory_settings import Chain
from groundwork.errors import GroundworkError
from groundwork.printable import printable


def stage(chain: Chain, branch: str) -> str | None:
    """Return the entry of the chain that a branch matches, or None outside of the chain."""
    return next((entry for entry in chain.branches if _is(entry, branch)), None)


def target(chain: Chain, branch: str) -> str | None:
    """Return the branch that a branch's changes are promoted to, or None on the last one.

    Raises GroundworkError for a branch that does not belong to this environment.
    """
    entry = stage(chain, branch)
    if entry is None or entry not in chain.own_branches:
        raise GroundworkError(
            "branch-outside",
            f"`{printable(branch)}` is not a branch of this environment's chain",
            f"push to one of {', '.join(chain.own_branches)}; the chain is {' -> '.join(chain.branches)}",
        )
    after = chain.branches[chain.branches.index(entry) + 1 :]
    return after[0] if after else None


def since(chain: Chain, goes_to: str, there: Container[str]) -> str:
    """Return the branch that a change is compared with: the chain's last one while the next is not among those `there`."""
    return goes_to if goes_to in there else chain.branches[-1]


def last_here(chain: Chain, going_to: str | None) -> bool:
    """Return whether a candidate with this target (None: the chain ends) is released into the environment."""
    return going_to is None or going_to not in chain.own_branches


def _is(entry: str, branch: str) -> bool:
    return re.fullmatch(re.escape(entry).replace(r"\*", ".+"), branch, re.DOTALL) is not None
