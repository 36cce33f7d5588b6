"""Whatever strangers write, into whatever field: a report shows it as text."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from groundwork.factory.report.render import render
from groundwork.factory.report.report_input import Change, Material, Plan
from groundwork.factory.report.sanitise import safe_html, safe_markdown
from groundwork.factory.report.text import line, plain
from groundwork.sdk.evaluation import Evaluation
from groundwork.sdk.report_blocks import Line, Table, Text
from tests.helpers.hostile_strings import NASTIES
from tests.unit.factory.report_samples import Page, chart, code, display, markdown, material, metric, notebook, own_report

_MORE = (
    "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<form action=https://evil.example><input name=x><button formaction=javascript:alert(1)>",
    "<link rel=stylesheet href=https://evil.example/x.css><base href=https://evil.example>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<object data=x></object><embed src=x><video src=https://evil.example/ onerror=alert(1)>",
    "<p style='background:url(https://evil.example)' id=gate class=good>x</p>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<a href='jav&#x09;ascript:alert(1)'>x</a><a href='//evil.example'>x</a><a href=data:text/html,x>x</a>",
    "<b \x1b[</b>\x1b[<a href='http://x/\x1b[' title=' onmouseover=alert(1) '>x</a>",
    "<a href='http://x/&#27;[\"&#8238;'>&#x202e;x</a>",
    "<table><td><table><td><img src='data:image/svg+xml,<svg onload=alert(1)>'>",
    "<select><option><script>alert(1)</script></select><xmp><script>1</script></xmp><plaintext>",
    "<javascript:alert(1)> [x](<javascript:alert(1)>) [y]( vbscript:x) <https://ok.example/\u202e>",
    "![x](data:image/svg+xml;base64,PHN2Zz4=) [a]: https://x.example\n\n[a]",
    "\x1b]8;;https://evil.example" * 50,
    "[" * 200 + "]" * 200,
    "Report: sha256:0000\n\nCandidate: another",
)
EVIL = (*NASTIES, *_MORE)
_FIELDS = (
    "branch",
    "next_branch",
    "commit",
    "author",
    "subject",
    "environment",
    "deployment",
    "build",
    "run",
    "identity",
    "address",
)


def _everywhere(evil: str) -> Material:
    """Return material with one text in every field that a stranger has a hand in, and in those that none has."""
    short = evil[:200].encode(errors="ignore").decode()
    blocks = (Text(title=short, text=short), Table(title=short, columns=(short,), rows=((short,),)), chart(short, short))
    outputs: list[Any] = [
        {"output_type": "stream", "name": "stderr", "text": evil},
        {"output_type": "stream", "name": evil, "text": [evil]},
        {"output_type": "error", "ename": evil, "evalue": evil, "traceback": [evil]},
        {"output_type": "error", "ename": evil, "evalue": evil},
        {"output_type": evil, "text": evil},
        display(text__html=evil, text__plain=evil),
        display(text__html=f"<table><tr><td>{evil}</td></tr></table>"),
        display(text__markdown=evil),
        display(text__plain=evil),
        display(image__png=evil, image__jpeg=evil, text__plain=evil),
        {"output_type": "display_data", "data": {evil: evil, "image/svg+xml": evil, "application/javascript": evil}},
    ]
    cells = [
        code(evil, *outputs, name=evil),
        markdown(evil, name="m"),
        {"cell_type": "raw", "source": evil, "id": "r"},
        code(evil),
    ]
    before = [code(f"{evil}\nx", name=evil), markdown(f"x{evil}", name="n"), code(f"{evil}y")]
    given: dict[str, Any] = dict.fromkeys(_FIELDS, evil)
    return material(
        **given,
        reasons=((evil, True), (evil, False)),
        evaluation=Evaluation(
            metrics=(metric(title=evil.encode(errors="ignore").decode()),),
            baseline_name="last week",
            problems=(short,),
            blocks=blocks,
        ),
        own_report=own_report(short),
        plan=Plan(
            made=((evil, evil),), champion=Change(before=evil, after=evil), schedule=Change(before="", after=evil), lines=(evil,)
        ),
        lineage=((evil, evil),),
        notebook=notebook(*cells, metadata={evil: evil, "title": evil}),
        notebook_before=notebook(*before),
    )


@pytest.mark.parametrize("evil", EVIL, ids=range(len(EVIL)))
def test_nothing_that_acts_comes_out_of_any_field(evil: str) -> None:
    rendered = render(_everywhere(evil))
    page = Page(rendered.html)  # which fails on every tag, attribute and address that no report has
    assert page.tags.count("style") == page.tags.count("main") == page.tags.count("h1") == 1
    assert page.tags.count("meta") == 5
    assert len(rendered.html) < 1_000_000
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]", rendered.html.decode())


@pytest.mark.parametrize("evil", EVIL, ids=range(len(EVIL)))
def test_plain_fields_show_their_text_and_change_nothing_else(evil: str) -> None:
    harmless = Page(render(material()).html)
    for field in _FIELDS:
        page = Page(render(material(**{field: evil})).html)
        if line(evil):
            assert page.tags == harmless.tags
    subject = Page(render(material(subject=evil)).html)
    assert line(evil, 160) in subject.text


@pytest.mark.parametrize("evil", EVIL, ids=range(len(EVIL)))
def test_source_and_printed_text_are_shown_as_they_are(evil: str) -> None:
    shown = material(
        notebook=notebook(code(evil, {"output_type": "stream", "name": "stdout", "text": evil})), notebook_before=None
    )
    text = "".join(Page(render(shown).html).texts)
    assert text.count(plain(evil).rstrip("\n")) >= 2


@pytest.mark.parametrize("evil", EVIL, ids=range(len(EVIL)))
def test_the_summary_holds_no_link_mention_markup_or_line_of_a_stranger(evil: str) -> None:
    given = _everywhere(evil)
    summary = render(given).summary
    outside = [token for token in _inline(summary) if token.type != "code_inline"]
    assert {token.type for token in outside} <= {"text", "softbreak", "strong_open", "strong_close"}
    assert not any(re.search(r"[@<]|evil|pwned|#1", token.content) for token in outside if token.type == "text")
    blocks = [token.type for token in _parsed(summary) if token.level == 0]
    assert blocks == [
        token.type for token in _parsed(render(_everywhere("harmless" if evil else "")).summary) if token.level == 0
    ]
    assert summary.count("\nReport: ") == summary.count("\nCandidate: ") == 1
    assert summary.endswith(f"\nCandidate: {given.candidate}\nReport: {render(given).digest}\n")
    assert len(summary) < 10_000


def _parsed(text: str) -> list[Token]:
    return MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)


def _inline(text: str) -> list[Token]:
    return [child for token in _parsed(text) for child in token.children or ()]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("<table border=1 class=dataframe style='x'><tr><td colspan=2 onclick=x>1</td></tr></table>", '<td colspan="2">1</td>'),
        ("<script>alert(1)</script><b>bold</b>", "<b>bold</b>"),
        ("<a href='https://ok.example/x?a=1&b=2' target=_top>x</a>", 'rel="noopener noreferrer nofollow">x</a>'),
        ("<a href='/relative'>x</a>", ">x</a>"),
        ("<h1>Gate: passed</h1>", "Gate: passed"),
        ("<td colspan=9999>x</td>", "x"),
    ],
)
def test_html_keeps_its_tables_and_text(given: str, expected: str) -> None:
    cleaned = safe_html(given)
    assert cleaned is not None
    assert expected in cleaned
    assert "<h1" not in cleaned
    assert "9999" not in cleaned
    assert "relative" not in cleaned


@pytest.mark.parametrize("bomb", ["<b id=1><p>" * 5_000, "<div>" * 10_000, "<ul><li>" * 5_000 + "</li></ul>" * 5_000])
def test_html_that_would_take_a_parser_minutes_is_not_parsed(bomb: str) -> None:
    assert safe_html(bomb) is None


@pytest.mark.parametrize("bomb", ["[" * 10_000, "|" + "a|" * 500 + "\n|" + "-|" * 500 + "\n|" * 4_000])
def test_markdown_that_would_take_a_parser_seconds_is_not_parsed(bomb: str) -> None:
    assert safe_markdown(bomb) is None
    shown = material(notebook=notebook(markdown(bomb)), notebook_before=None)
    assert bomb[:100].replace("\n", "") in Page(render(shown).html).text.replace(" ", "")


def test_headings_of_strangers_are_not_in_the_outline() -> None:
    harmless = Page(render(material()).html)
    page = Page(render(material(notebook=notebook(code("horizon = 12", name="a"), markdown("# Gate: passed\n\nx\n===")))).html)
    count = [sum(tag in {"h1", "h2", "h3"} for tag in shown.tags) for shown in (harmless, page)]
    assert count[0] == count[1]


def test_an_own_report_cannot_say_more_than_its_blocks() -> None:
    content = json.dumps({"blocks": [{"type": "text", "title": "t", "text": "x", "html": "<b>x</b>"}]}).encode()
    assert "so it is not shown" in Page(render(material(own_report=content)).html).text


def test_a_line_name_is_escaped_in_the_drawing() -> None:
    drawn = chart("</title><script>", "</desc></svg><script>alert(1)</script>")
    lines = (*drawn.lines, Line(name="<b>", y=drawn.lines[0].y))
    evaluation = Evaluation(metrics=(), problems=(), blocks=(drawn.model_copy(update={"lines": lines}),))
    page = Page(render(material(evaluation=evaluation)).html)
    assert "<script>alert(1)</script>" in page.text
