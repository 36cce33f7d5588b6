"""Read a candidate's changes from the Git provider, the only source of source text in the report."""

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
    """Empty for a removed file."""
    path_before: str
    """Empty for a new file."""
    mode: str
    """The mode as git writes it; empty like the path."""
    mode_before: str
    content: bytes | None
    """None if the file does not exist or was not read."""
    content_before: bytes | None
    unread: str = ""
    """The reason why it was not read, as the end of the sentence `The file …`; empty if it was read."""

    @property
    def name(self) -> str:
        """The path after the change, or the path of a removed file."""
        return self.path or self.path_before


@dataclass(frozen=True, kw_only=True)
class Change:
    """The differences between a candidate and the merge base of the branch that it is compared with."""

    since: str
    """The merge base; empty if there is none."""
    files: tuple[Altered, ...]
    more: int = 0
    """The number of further files, which were not read."""
    carried: tuple[str, ...] = ()
    """Paths that the branch merged from the chain's last branch unchanged: they were reviewed already."""

    @property
    def paths(self) -> list[str]:
        """The paths of all files that exist after the change."""
        return [file.path for file in self.files if file.path]

    def of(self, path: str) -> Altered | None:
        """Return the change of a file, or None for an unchanged one."""
        return next((file for file in self.files if file.path == path), None)


def read_change(git_provider: GitProvider, candidate: Candidate, chain: Chain) -> Change:
    """Return a candidate's changes; raises Conflict if they cannot be determined.

    Files beyond the limits are counted or marked, and not read.
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
    """Return the paths that the candidate changes itself; None for all: on the last branch it is compared with its parent."""
    if candidate.target is None:
        return None
    before = since(chain, candidate.target, git_provider.branches())
    return frozenset(git_provider.changed(candidate.commit, since=before, trunk=chain.branches[-1]))


class _Reader:
    """Reads files before and after the change, up to a total size that a page can hold."""

    def __init__(self, *, git_provider: GitProvider, commit: str, since: str) -> None:
        self._git_provider, self._commit, self._since = git_provider, commit, since
        self._left = _MOST_BYTES

    def files(self, changes: Sequence[FileChange]) -> Iterator[Altered]:
        """Yield each file with its content before and after."""
        for file in changes:
            reason = self._against(file)
            yield Altered(
                path=file.path,
                path_before=file.path_before,
                mode=file.mode,
                mode_before=file.mode_before,
                content=self._git_provider.read(file.path, self._commit) if file.path and not reason else None,
                content_before=self._git_provider.read(file.path_before, self._since)
                if file.path_before and not reason
                else None,
                unread=reason,
            )

    def _against(self, file: FileChange) -> str:
        """Return the reason for not reading a file, or ""."""
        modes = {file.mode, file.mode_before}
        for mode, what in ((_LINK, "is a link"), (_SUBMODULE, "is a submodule")):
            if mode in modes:
                return what
        size = file.size + file.size_before
        if size > self._left:
            return f"is too large to be shown: {size:,} bytes"
        self._left -= size
        return ""
