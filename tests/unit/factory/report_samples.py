"""What reports are made of in tests, and a reader of pages that fails on anything that a report must not hold."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any, NoReturn

from groundwork.factory.change import Altered
from groundwork.factory.change import Change as Changed
from groundwork.factory.report.report_input import Change, Compiled, Material, Plan
from groundwork.sdk.evaluation import Evaluation, Metric
from groundwork.sdk.report_blocks import Chart, Line, Report, Table, Text

COMMIT = "3f9c1e7a2b4d8f60718293a4b5c6d7e8f9012345"
_VOID = {"meta", "br", "hr", "img", "line", "rect", "circle", "polyline", "polygon"}
_TAGS = _VOID | {
    "html", "head", "title", "style", "body", "header", "main", "section", "footer", "article", "figure", "figcaption", "div",
    "span", "h1", "h2", "h3", "p", "q", "ul", "ol", "li", "dl", "dt", "dd", "strong", "code", "pre", "samp", "a", "details",
    "summary", "table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "svg", "desc", "text",
    "b", "i", "em", "s", "del", "small", "sub", "sup", "blockquote",
}  # fmt: skip
_ATTRIBUTES = {
    "lang", "charset", "http-equiv", "content", "name", "id", "class", "role", "tabindex", "scope", "colspan", "rowspan", "href",
    "rel", "src", "alt", "width", "height", "viewbox", "points", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "text-anchor",
    "aria-label", "aria-labelledby", "aria-hidden", "data-label",
}  # fmt: skip
_IMAGE = re.compile(r"data:image/(png|jpeg);base64,[A-Za-z0-9+/=]+")


class Page(HTMLParser):
    """A page's structure and text; an AssertionError for a tag, attribute or address that no report has, or unbalanced tags."""

    def __init__(self, html: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.feed(html.decode())
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in _TAGS, f"<{tag}>"
        self.tags.append(tag)
        self.texts.append(" " if tag in {"td", "th", "dd"} else "")
        for name, value in attrs:
            assert name in _ATTRIBUTES, f"<{tag} {name}>"
            self._address(tag, name, value or "", dict(attrs))
            self.attributes.append((tag, name, value or ""))
        if tag not in _VOID:
            self.open.append(tag)

    @staticmethod
    def _address(tag: str, name: str, value: str, attrs: dict[str, str | None]) -> None:
        if name == "src":
            assert tag == "img"
            assert _IMAGE.fullmatch(value), value
        if name == "href":
            assert tag == "a"
            assert value.lower().startswith(("http://", "https://", "mailto:")), value
            assert "noopener" in (attrs.get("rel") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            assert self.open.pop() == tag, tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "style":
            assert not re.search(r"url\s*\(|@import|expression|behavior", data)
        else:
            self.texts.append(data)

    def handle_comment(self, data: str) -> NoReturn:
        raise AssertionError(f"a comment: {data}")

    def handle_pi(self, data: str) -> NoReturn:
        raise AssertionError(f"an instruction: {data}")

    @property
    def text(self) -> str:
        """All text, its blanks made one."""
        return " ".join("".join(self.texts).split())


def notebook(*cells: dict[str, Any], **changes: Any) -> bytes:
    """Return a notebook of these cells."""
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(cells), **changes}).encode()


def code(source: str, *outputs: Any, name: str = "") -> dict[str, Any]:
    """Return an executed cell of code."""
    cell = {"cell_type": "code", "source": source, "outputs": list(outputs), "execution_count": 1, "metadata": {}}
    return {**cell, "id": name} if name else cell


def markdown(source: str, name: str = "") -> dict[str, Any]:
    """Return a cell of Markdown."""
    return {"cell_type": "markdown", "source": source, "metadata": {}, **({"id": name} if name else {})}


def display(**data: Any) -> dict[str, Any]:
    """Return what a cell displays: `text__html="…"` is of type text/html."""
    return {
        "output_type": "display_data",
        "metadata": {},
        "data": {kind.replace("__", "/"): value for kind, value in data.items()},
    }


def metric(**changes: Any) -> Metric:
    """Return a metric that is better than both others."""
    given = {
        "name": "wape",
        "title": "WAPE",
        "better": "lower",
        "share": True,
        "candidate": 0.0619,
        "baseline": 0.0751,
        "champion": 0.0652,
    }
    return Metric(**{**given, **changes})


def chart(title: str = "Store 1", name: str = "candidate") -> Chart:
    """Return a chart with a gap, a lonely value, and a band."""
    x = ("2012-08-10", "2012-08-17", "2012-08-24", "2012-08-31")
    low, high = Line(name="lower", y=(1.0, 2.0, None, 3.0)), Line(name="upper", y=(2.0, 3.0, None, 5.0))
    return Chart(title=title, x=x, lines=(Line(name=name, y=(1.5, 2.5, None, 4.0)),), band=(low, high), unit="dollars")


def altered(path: str, before: str | bytes | None, after: str | bytes | None, **changes: Any) -> Altered:
    """Return what became of a file; None where there is none."""
    given = [text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text for text in (before, after)]
    paths = [path if content is not None else "" for content in given]
    modes = ["100644" if content is not None else "" for content in given]
    facts = {"path_before": paths[0], "path": paths[1], "mode_before": modes[0], "mode": modes[1]}
    return Altered(**{**facts, "content_before": given[0], "content": given[1], **changes})


def changed(*files: Altered, **changes: Any) -> Changed:
    """Return a change of these files."""
    return Changed(**{"since": "5" * 40, "files": files, **changes})


def own_report(text: str = "It is good.") -> bytes:
    """Return a candidate's `report.json`, with one text everywhere."""
    short = text[:200]
    table = Table(title=short, columns=(short,), rows=((short,), (1.5,), (None,)))
    return Report(blocks=(Text(title=short, text=text), table, chart(short, short))).model_dump_json().encode()


def material(**changes: Any) -> Material:
    """Return the material of a candidate that passed."""
    given: dict[str, Any] = {
        "candidate": "forecasting-3f9c1e7a2b4d", "branch": "feature/more-models", "next_branch": "release", "commit": COMMIT,
        "author": "ada@northwind.example", "subject": "Let five models compete", "environment": "dev",
        "deployment": "forecasting", "build": "48dd94f4", "run": "forecasting-20261123-210733",
        "identity": "candidate-01@p.iam.gserviceaccount.com",
        "address": "gs://p-records/candidates/forecasting-3f9c1e7a2b4d/report.html",
        "passed": True, "reasons": (("WAPE 6.2% is at most 12.0%", True),),
        "evaluation": Evaluation(metrics=(metric(),), baseline_name="last year", problems=(), blocks=(chart(),)),
        "own_report": own_report(),
        "plan": Plan(made=(("gcp:bigquery/dataset:Dataset", "forecasting_3f9c"),), champion=Change(before="", after="version 4")),
        "lineage": (("Image", "groundwork@sha256:77aa"),),
        "change": changed(altered("pipelines/forecasting/models.py", "SEASON = 52\n", "SEASON = 26\n")),
        "compiled": Compiled(now=b"root: {}\n", before=None),
        "notebook": notebook(code("horizon = 12", name="a")), "notebook_before": notebook(code("horizon = 8", name="a")),
    }  # fmt: skip
    return Material(**{**given, **changes})
