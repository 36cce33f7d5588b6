"""The changes of a candidate's commit, read from the Git provider: the only source of all source text in the report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from groundwork.contract.candidate import Candidate
from groundwork.contract.factory_settings import Chain
from groundwork.factory.chain import since
from groundwork.ports.git_provider import FileChange, GitProvider

MOST_FILES = 1_000
_MOST_BYTES = 40_000_000
_LINK, _SUBMODULE = "120000", "160000"


@dataclass(frozen=True, kw_only=True)
class Altered:
    """One file before and after."""

    path: str
    """Empty where it was removed."""
    path_before: str
    """Empty where it is new."""
    mode: str
    """As git writes it; empty like the path."""
    mode_before: str
    content: bytes | None
    """None where there is no such file, or where it was not read."""
    content_before: bytes | None
    unread: str = ""
    """Why it was not read, as the end of the sentence `The file …`; empty where all of it was."""

    @property
    def name(self) -> str:
        """The path by which it is known now."""
        return self.path or self.path_before


@dataclass(frozen=True, kw_only=True)
class Change:
    """All that differs between a candidate and the commit where it parted from what it is compared with."""

    since: str
    """That commit; empty where there is none."""
    files: tuple[Altered, ...]
    more: int = 0
    """How many files there are besides, of which none was read."""
    carried: tuple[str, ...] = ()
    """Paths that the branch has from the chain's last one, as they are there: not the candidate's, and reviewed already."""

    @property
    def paths(self) -> list[str]:
        """The files that are there now."""
        return [file.path for file in self.files if file.path]

    def of(self, path: str) -> Altered | None:
        """Return what became of a file, or None where nothing did."""
        return next((file for file in self.files if file.path == path), None)


def read_change(git_provider: GitProvider, candidate: Candidate, chain: Chain) -> Change:
    """Return what a candidate changes; raises Conflict where nobody could say what that is.

    It is bounded: of what is too much, only how much it is comes back.
    """
    found = git_provider.difference(candidate.commit, base=candidate.base)
    own = _own(git_provider, candidate, chain)
    files = [file for file in found.files if own is None or not own.isdisjoint({file.path, file.path_before})]
    carried = sorted({file.path or file.path_before for file in found.files} - {file.path or file.path_before for file in files})
    read = _Reader(git_provider=git_provider, commit=candidate.commit, since=found.since)
    return Change(
        since=found.since,
        files=tuple(read.files(files[:MOST_FILES])),
        more=max(0, len(files) - MOST_FILES),
        carried=tuple(carried),
    )


def _own(git_provider: GitProvider, candidate: Candidate, chain: Chain) -> frozenset[str] | None:
    """Return the paths that are the candidate's own; None for all, as on the last branch, where its parent is what was there."""
    if candidate.target is None:
        return None
    before = since(chain, candidate.target, git_provider.branches())
    return frozenset(git_provider.changed(candidate.commit, since=before, trunk=chain.branches[-1]))


class _Reader:
    """Reads both sides of files until there are more bytes than any page could hold."""

    def __init__(self, *, git_provider: GitProvider, commit: str, since: str) -> None:
        self._git_provider, self._commit, self._since = git_provider, commit, since
        self._left = _MOST_BYTES

    def files(self, given: Sequence[FileChange]) -> Iterator[Altered]:
        """Yield each."""
        for file in given:
            why = self._against(file)
            yield Altered(
                path=file.path,
                path_before=file.path_before,
                mode=file.mode,
                mode_before=file.mode_before,
                content=self._git_provider.read(file.path, self._commit) if file.path and not why else None,
                content_before=self._git_provider.read(file.path_before, self._since) if file.path_before and not why else None,
                unread=why,
            )

    def _against(self, file: FileChange) -> str:
        """Return why a file is not read."""
        modes = {file.mode, file.mode_before}
        for mode, what in ((_LINK, "is a link"), (_SUBMODULE, "is a submodule")):
            if mode in modes:
                return what
        size = file.size + file.size_before
        if size > self._left:
            return f"is too large to be shown: {size:,} bytes"
        self._left -= size
        return ""
