"""The compiled pipeline as markup: its difference from the running one, or all of it if none runs."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from markupsafe import Markup

from groundwork.factory.report.render_lines import Comparing, lines_shown
from groundwork.factory.report.report_input import Compiled
from groundwork.factory.report.size_budget import SECTIONS, Budget


@dataclass(frozen=True, kw_only=True)
class ShownPipeline:
    """A compiled pipeline for the page."""

    digest: str
    words: str
    """A sentence on the part that is shown."""
    lines: Markup
    unseen: str
    """As of a change."""


def show_compiled(compiled: Compiled) -> ShownPipeline:
    """Return the pipeline that a schedule would run."""
    digest = f"sha256:{hashlib.sha256(compiled.now).hexdigest()}"
    if compiled.now == compiled.before:
        return ShownPipeline(digest=digest, words="It is the one that the schedule runs now.", lines=Markup(), unseen="")
    before, after = ((content or b"").decode("utf-8", "surrogateescape") for content in (compiled.before, compiled.now))
    lines = Comparing().texts(before, after)
    markup = None if lines is None else lines_shown(lines)
    if markup is None or not Budget(SECTIONS["pipeline"]).take(markup):
        unseen = f"There is no room for the compiled pipeline: it has {len(compiled.now):,} bytes."
        return ShownPipeline(digest=digest, words=unseen, lines=Markup(), unseen=unseen)
    words = "All of it, as the schedule runs none now." if compiled.before is None else "Its lines beside the one that runs now."
    return ShownPipeline(digest=digest, words=words, lines=markup, unseen="")
