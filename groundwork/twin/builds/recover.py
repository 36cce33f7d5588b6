"""Clears up behind builds whose process died: kill -9, a crash, a machine that went down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groundwork.errors import GroundworkError
from groundwork.twin.builds.processes import MARK, end_marked
from groundwork.twin.builds.results import take_back
from groundwork.twin.builds.workspace import remove
from groundwork.twin.services import builds

if TYPE_CHECKING:
    from groundwork.twin.home import Home


def recover(home: Home) -> list[str]:
    """End what is left of dead builds and mark them CANCELLED; return what was done, as plain sentences. Twice does no harm."""
    sentences: list[str] = []
    for claim in builds.claims(home):
        with builds.alive(home, claim.build) as ours:
            if ours and any(claim.build == other.build for other in builds.claims(home)):
                sentences += _clear(home, claim.build)
    return sentences


def _clear(home: Home, build: str) -> list[str]:
    ended = end_marked(MARK, build)
    remove(home, build)
    try:
        taken = take_back(home, build)
    except GroundworkError as refused:
        return [f"build {build} had died; what its runs stored could not be taken back, try again: {refused}"]
    stood = builds.get_build(home, build)
    status, error = (
        (stood.status, stood.error) if stood.error != builds.DIED else ("CANCELLED", "its process died; cleared up afterwards")
    )
    builds.update_build(home, build, status=status, error=error, finished=builds.now())
    processes = f", {ended} left over processes ended" if ended else ""
    return [f"build {build} had died: its workspace is removed{processes}; it is marked {status}", *taken]
