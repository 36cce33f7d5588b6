"""What a reviewer is shown."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from pydantic import ValidationError

from groundwork.factory.report.chart import WIDE, described, draw
from groundwork.factory.report.number_format import axis, compared, number
from groundwork.factory.report.render import render
from groundwork.factory.report.report_input import Change, Plan
from groundwork.sdk.evaluation import Evaluation
from groundwork.sdk.report_blocks import Chart, Line, Table
from tests.unit.factory.report_samples import Page, chart, material, metric, own_report

_STYLE = Path(__file__).parents[3] / "groundwork/factory/report/templates/style.css"
_MADE_ANEW = """
from groundwork.factory.report.render import render
from tests.unit.factory.report_samples import material
print(render(material()).digest)
"""


def test_the_page_asks_its_question_first_and_says_how_to_answer() -> None:
    text = Page(render(material()).html).text
    question = "Should candidate forecasting-3f9c1e7a2b4d go from feature/more-models to release?"
    assert question in text
    assert (
        text.index(question)
        < text.index("Gate Passed")
        < text.index("groundwork review approve N --reason")
        < text.index("Metrics")
    )


def test_a_failed_gate_asks_nothing_of_a_person() -> None:
    evaluation = Evaluation(metrics=(), problems=("3 series have no forecasts",), blocks=())
    rendered = render(
        material(passed=False, reasons=(("WAPE 13.1% is at most 12.0%", False), ("it ran", True)), evaluation=evaluation)
    )
    text = Page(rendered.html).text
    assert "does not go on from feature/more-models: it failed the gate." in text
    assert text.index("Failed: 3 series have no forecasts") < text.index("Failed: WAPE 13.1%") < text.index("Passed: it ran")
    assert "review approve" not in text + rendered.summary


def test_the_last_branch_says_that_the_review_decision_was_given_before() -> None:
    rendered = render(material(next_branch="", branch="main", environment="prod"))
    text = Page(rendered.html).text
    assert "Candidate forecasting-3f9c1e7a2b4d of main is released into prod." in text
    assert "review approve" not in text + rendered.summary


def test_metrics_are_compared_in_words() -> None:
    metrics = (metric(), metric(title="Coverage", better="higher", candidate=0.7, champion=0.8, baseline=None))
    text = Page(
        render(material(evaluation=Evaluation(metrics=metrics, baseline_name="last week", problems=(), blocks=()))).html
    ).text
    assert "WAPE lower is better 6.2% 6.5% 7.5% 5.1% better than the champion 17.6% better than last week" in text
    assert "Coverage higher is better 70.0% 80.0% none 12.5% worse than the champion" in text


@pytest.mark.parametrize(
    ("candidate", "other", "expected"),
    [
        (1.0, 1.0, ("same", "the same")),
        (1.0, 0.0, ("worse", "worse")),
        (1.0, 1.00001, ("same", "practically the same")),
        (30.0, 1.0, ("worse", "more than ten times worse")),
        (0.5, 1.0, ("better", "50.0% better")),
        (-2.0, -1.0, ("better", "100.0% better")),
    ],
)
def test_words_fit_the_distance(candidate: float, other: float, expected: tuple[str, str]) -> None:
    assert compared(candidate, other, lower_is_better=True) == expected


def test_headings_stand_in_order_and_every_table_has_a_caption() -> None:
    page = Page(render(material()).html)
    levels = [int(tag[1]) for tag in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert page.tags.count("table") == page.tags.count("caption")
    names = [value for _, name, value in page.attributes if name == "id"]
    assert len(names) == len(set(names))
    assert {part for _, name, value in page.attributes if name == "aria-labelledby" for part in value.split()} <= set(names)


def test_the_page_loads_nothing() -> None:
    html = render(material()).html.decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    assert policy
    assert policy[1].startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:;")
    assert "url(" not in html
    assert "@import" not in html


def test_the_same_material_gives_the_same_bytes_in_any_process() -> None:
    digest = render(material()).digest
    assert digest == f"sha256:{hashlib.sha256(render(material()).html).hexdigest()}"
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", _MADE_ANEW], env={**os.environ, "PYTHONHASHSEED": seed}, cwd=Path(__file__).parents[3],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert done.stdout.strip() == digest


def test_everything_that_release_changes_is_named() -> None:
    plan = Plan(
        champion=Change(before="version 3", after="version 4"),
        schedule=Change(before="", after="sha256:c2"),
        lines=("Rows move.",),
    )
    rendered = render(material(plan=plan))
    for text in (Page(rendered.html).text, rendered.summary):
        assert "Champion: version 3 → version 4" in text
        assert "Schedule: none yet → sha256:c2" in text
        assert "Rows move." in text


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"blocks": [{"type": "html", "title": "SEEN"}]}', b"\xff", b"[" * 100_000]
)
def test_an_own_report_that_is_none_is_not_shown(content: bytes) -> None:
    text = Page(render(material(own_report=content)).html).text
    assert "The candidate\u2019s own report (not checked) The candidate's report.json is not valid" in text
    assert "SEEN" not in text


def test_no_own_report_is_said() -> None:
    assert "The candidate wrote no report of its own." in Page(render(material(own_report=None)).html).text


def test_what_a_candidate_says_of_itself_stands_last_and_apart() -> None:
    text = Page(render(material(own_report=own_report("Trust me"))).html).text
    assert text.index("Trust me") > text.index("The candidate\u2019s own report (not checked)")


def test_a_page_of_the_largest_material_stays_below_a_million_bytes() -> None:
    long = "é<&" * 3_000
    blocks = (chart("x" * 200), Table(title="t", columns=("<" * 200,) * 20, rows=(("<" * 200,) * 20,) * 500)) * 20
    evaluation = Evaluation(metrics=(metric(title=long),) * 500, baseline_name="last week", problems=(long,) * 500, blocks=blocks)
    given = dict.fromkeys(
        ("branch", "next_branch", "commit", "author", "subject", "environment", "deployment", "build", "run"), long
    )
    plan = Plan(made=((long, long),) * 5_000, champion=Change(before=long, after=long), lines=(long,) * 5_000)
    own = json.dumps({"blocks": [block.model_dump() for block in blocks]}).encode()
    rendered = render(
        material(
            **given,
            evaluation=evaluation,
            plan=plan,
            lineage=((long, long),) * 500,
            own_report=own,
            reasons=((long, True),) * 500,
        )
    )
    assert len(rendered.html) < 1_000_000
    assert "There is no room for" in Page(rendered.html).text
    assert len(rendered.summary) < 20_000


def test_a_candidate_without_a_proper_id_is_refused() -> None:
    with pytest.raises(ValueError, match="is not the id of a candidate"):
        material(candidate="x\nReport: sha256:0")


def test_a_line_stops_where_it_has_no_value_and_a_lonely_value_is_a_dot() -> None:
    drawing = draw(chart(), WIDE)
    assert drawing
    assert [len(piece.split()) for piece in drawing.traces[0].pieces] == [2]
    assert len(drawing.traces[0].dots) == 1
    assert len(drawing.band) == 2
    assert described(chart()) == "From 2012-08-10 to 2012-08-31: candidate between 1.5 and 4; a band from lower to upper."


@pytest.mark.parametrize("value", [0.0, 5.0, -1e30, 1e-30, 123_456.0])
def test_a_flat_line_can_be_drawn(value: float) -> None:
    drawing = draw(Chart(title="t", x=("a", "b"), lines=(Line(name="l", y=(value, value)),)), WIDE)
    assert drawing
    assert all(0 <= tick.at <= WIDE.height for tick in drawing.y)
    assert drawing.traces[0].pieces


def test_a_chart_without_values_says_so() -> None:
    empty = Chart(title="t", x=("a",), lines=(Line(name="l", y=(None,)),))
    assert draw(empty, WIDE) is None
    evaluation = Evaluation(metrics=(), problems=(), blocks=(empty,))
    assert "This chart has no values." in Page(render(material(evaluation=evaluation)).html).text


def test_every_value_of_a_chart_lies_between_its_reconciliations() -> None:
    drawing = draw(Chart(title="t", x=tuple("abcd"), lines=(Line(name="l", y=(-3.0, 17.0, 1e6, 0.1)),)), WIDE)
    assert drawing
    heights = [float(point.split(",")[1]) for point in drawing.traces[0].pieces[0].split()]
    assert drawing.y[-1].at <= min(heights)
    assert max(heights) <= drawing.y[0].at


@pytest.mark.parametrize(
    ("values", "step", "labels"),
    [
        ([0, 20_000, 40_000], 20_000, ["0", "20k", "40k"]),
        ([1e6, 1.25e6], 0.25e6, ["1.00M", "1.25M"]),
        ([0, 0.05], 0.05, ["0", "0.05"]),
        ([-500, 0, 500], 500, ["-500", "0", "500"]),
    ],
)
def test_the_labels_of_an_axis_are_in_one_unit(values: list[float], step: float, labels: list[str]) -> None:
    assert axis(values, step) == labels


def test_numbers_have_the_digits_that_are_read() -> None:
    assert [number(value) for value in (0, 1234.5, 0.123456, 3.0, 1e15)] == ["0", "1,234", "0.1235", "3", "1e+15"]


def test_rows_and_lines_of_another_length_are_refused() -> None:
    with pytest.raises(ValidationError, match="a cell for each column"):
        Table(title="t", columns=("a", "b"), rows=((1,),))
    with pytest.raises(ValidationError, match="a value, or null, for each label"):
        Chart(title="t", x=("a", "b"), lines=(Line(name="l", y=(1.0,)),))


@pytest.mark.parametrize("theme", [0, 1])
def test_text_has_the_contrast_of_the_guidelines(theme: int) -> None:
    """WCAG 2.2, 1.4.3 and 1.4.11: 4.5 for text, 3 for lines that carry meaning."""
    colours = dict(
        re.findall(
            r"--([a-z0-9-]+): (#[0-9a-f]{6})\b", _STYLE.read_text().split("@media (prefers-color-scheme: dark)")[theme][:2500]
        )
    )
    for text, backs in {
        "text": ("page", "card", "inset", "good-back", "bad-back"), "quiet": ("page", "card"), "accent": ("card", "inset"),
        "good": ("card", "good-back"), "bad": ("card", "bad-back"), "note": ("note-back",),
    }.items():  # fmt: skip
        for back in backs:
            assert _contrast(colours[text], colours[back]) >= 4.5, (text, back)
    for line in range(8):
        assert _contrast(colours[f"s{line}"], colours["card"]) >= 3


def _contrast(one: str, other: str) -> float:
    darker, lighter = sorted(_luminance(colour) for colour in (one, other))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
