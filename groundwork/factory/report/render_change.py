"""Render the whole change: every file and every line that differs. A part that does not fit is named, and no review begins."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from groundwork.factory.change import Altered, Change
from groundwork.factory.report.cell_diff import cells_changed
from groundwork.factory.report.line_diff import Line
from groundwork.factory.report.render_lines import TEMPLATE, Comparing, lines_shown
from groundwork.factory.report.size_budget import SECTIONS, Budget
from groundwork.factory.report.templating import piece
from groundwork.factory.report.text import count, line
from groundwork.factory.report.visible_text import revealed

_OPEN = 40
"""Lines of a file that are visible without a click."""
_MODES = {"100644": "a file", "100755": "a program", "120000": "a link", "160000": "a submodule"}


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A change for the page."""

    files: tuple[Markup, ...]
    headline: str
    """The number of files, in two or three words."""
    words: str
    """The number of lines, as a phrase."""
    unseen: str
    """The part that is not on the page, as a sentence; empty if all of it is."""


@dataclass(frozen=True, kw_only=True)
class _Body:
    """The difference of one file."""

    markup: Markup
    words: str
    added: int = 0
    removed: int = 0
    unseen: str = ""


def show_change(change: Change) -> Shown:
    """Return every file of a change, as far as there is room."""
    budget, comparing = Budget(SECTIONS["change"]), Comparing()
    markups: list[Markup] = []
    bodies: list[_Body] = []
    unseen = f"{count(change.more, 'file')} after the first {len(change.files):,}" if change.more else ""
    for file in change.files:
        body = _body(file, comparing)
        bodies.append(body)
        markup = _file(file, body)
        if body.unseen or not budget.take(markup):
            unseen = unseen or body.unseen or f"{line(file.name)} and every file after it"
            break
        markups.append(markup)
    if change.carried and not unseen:
        markup = piece(TEMPLATE, "carried", [revealed(path) for path in change.carried])
        if budget.take(markup):
            markups.append(markup)
        else:
            unseen = f"the names of {count(len(change.carried), 'file')} that came from the last branch"
    added, removed = sum(body.added for body in bodies), sum(body.removed for body in bodies)
    total = len(change.files) + change.more
    return Shown(
        files=tuple(markups),
        headline=count(total, "file") if total else "None",
        words=f"{count(added, 'line')} added, {removed:,} removed" if total else "the same files as there",
        unseen=f"There is no room for all of the change: not shown is {unseen}." if unseen else "",
    )


def _file(file: Altered, body: _Body) -> Markup:
    was = revealed(file.path_before) if file.path and file.path_before not in {"", file.path} else ""
    words = ", ".join([*_statuses(file), body.words])
    return piece(TEMPLATE, "file", revealed(file.name), was, words, body.markup, body.added + body.removed > _OPEN)


def _statuses(file: Altered) -> Iterator[str]:
    if not file.path_before:
        yield "new" if file.mode == "100644" else f"new, {_mode(file.mode)}"
    elif not file.path:
        yield "removed"
    else:
        if file.path != file.path_before:
            yield "renamed"
        if file.mode != file.mode_before:
            yield f"was {_mode(file.mode_before)}, is {_mode(file.mode)}"


def _mode(mode: str) -> str:
    return _MODES.get(mode, f"of mode {mode}")


def _body(file: Altered, comparing: Comparing) -> _Body:
    if file.unread:
        return _Body(markup=Markup(), words="", unseen=f"{line(file.name)}, which {file.unread}")
    before, after = file.content_before or b"", file.content or b""
    if b"\0" in before or b"\0" in after:
        return _Body(markup=Markup(), words=f"not text: {_digests(file)}")
    if file.name.endswith(".ipynb") and (cells := cells_changed(file.content_before, file.content, comparing.texts)):
        return _counted(file, cells.markup, cells.lines, cells.words)
    lines = comparing.texts(before.decode("utf-8", "surrogateescape"), after.decode("utf-8", "surrogateescape"))
    return _counted(file, None if lines is None else lines_shown(lines) if lines else Markup(), lines, "")


def _counted(file: Altered, markup: Markup | None, lines: Sequence[Line] | None, words: str) -> _Body:
    if markup is None or lines is None:
        return _Body(markup=Markup(), words="", unseen=f"{line(file.name)}, which has too many lines to be compared")
    added, removed = (sum(sign == wanted for sign, _ in lines) for wanted in "+-")
    phrases = [words] if words else []
    phrases += [f"+{added:,} −{removed:,}"] if lines else [] if words else ["no line differs"]  # noqa: RUF001  a minus is meant
    return _Body(markup=markup, words="; ".join(phrases), added=added, removed=removed)


def _digests(file: Altered) -> str:
    sides = [_digest(content) for content in (file.content_before, file.content) if content is not None]
    return " → ".join(sides)


def _digest(content: bytes) -> str:
    return f"{len(content):,} bytes, sha256:{hashlib.sha256(content).hexdigest()}"
