"""Untrusted HTML and Markdown, reduced to text, tables and links that a person has to click."""

from __future__ import annotations

import re
from functools import cache

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

from groundwork.factory.report.text import visible

_TAGS = {
    "a", "b", "blockquote", "br", "caption", "code", "del", "em", "hr", "i", "li", "ol", "p", "pre", "s", "small", "strong",
    "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
}  # fmt: skip
_WITH_CONTENT = {
    "applet", "audio", "canvas", "embed", "frame", "frameset", "iframe", "math", "noembed", "noframes", "noscript", "object",
    "plaintext", "script", "select", "style", "svg", "template", "textarea", "title", "video", "xmp",
}  # fmt: skip
_SCHEMES = {"http", "https", "mailto"}
_LINK = re.compile(r"(?i)(https?://|mailto:)[^\s]{1,2000}")
_CLEAN_LINK = re.compile(r'<a href="([^"]*)" rel="[^"]*">(.*?)</a>', re.DOTALL)
_SPAN = re.compile(r"[1-9][0-9]?")
_FORMATTING = re.compile(r"(?i)<(?:a|b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)[\s/>]")
_NESTING = re.compile(r"(?i)<(?!(?:br|hr|img|col|input|link|meta|wbr)[\s/>])(/?)[a-z]")
_MOST_WORK, _DEEPEST = 1_000_000, 60
_MOST_CELLS, _MOST_BRACKETS = 4_000, 300


def safe_html(html: str) -> Markup | None:
    """Return the harmless part of an HTML fragment; None if parsing it would cost too much.

    A browser's parser opens every unclosed `<b>` anew in each paragraph that follows: a short text can mean millions of nodes.
    """
    if len(_FORMATTING.findall(html)) * html.count("<") > _MOST_WORK or _depth(html) > _DEEPEST:
        return None
    return _clean(html)


def _depth(html: str) -> int:
    deepest = depth = 0
    for tag in _NESTING.finditer(html):
        depth += -1 if tag[1] else 1
        deepest = max(deepest, depth)
    return deepest


def safe_markdown(text: str) -> Markup | None:
    """Return a Markdown text as HTML; None if parsing it would cost too much; the caller shows the text then.

    Its headings become bold lines: the outline of the page is the platform's.
    """
    widest = max((row.count("|") for row in text.split("\n")), default=0)
    if text.count("[") > _MOST_BRACKETS or widest * text.count("\n") > _MOST_CELLS:
        return None
    tokens = _markdown().parse(text)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            level, token.tag = token.tag[1:], "p"
            if token.nesting == 1:
                token.attrSet("class", f"was-{min(int(level), 3)}")
    html: str = _markdown().renderer.render(tokens, _markdown().options, {})
    return _clean(html)


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")


def _clean(html: str) -> Markup:
    cleaned = nh3.clean(
        visible(html),  # also without surrogates, which only Python accepts
        tags=_TAGS,
        clean_content_tags=_WITH_CONTENT,
        attributes={"*": set(), "a": {"href"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan", "scope"}},
        allowed_classes={"p": {"was-1", "was-2", "was-3"}},
        attribute_filter=_attribute,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )
    return Markup(_CLEAN_LINK.sub(_with_address, visible(cleaned)))  # noqa: S704  sanitised by nh3, without invisible characters


def _with_address(link: re.Match[str]) -> str:
    """Return a link followed by its address, unless that is its text: an untrusted link may name another address."""
    address, words = link.groups()
    return link[0] if words.strip() == address else f'{link[0]} <span class="address">({address})</span>'


def _attribute(_tag: str, name: str, value: str) -> str | None:
    if name == "href":
        return value if _LINK.fullmatch(value) else None
    if name in {"colspan", "rowspan"}:
        return value if _SPAN.fullmatch(value) else None
    if name == "scope":
        return value if value in {"row", "col"} else None
    return value if name in {"class", "rel"} else None  # allowed classes, and nh3's own `rel`
