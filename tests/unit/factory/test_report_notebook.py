"""The executed notebook in a report: what of it is shown, and beside what."""

from __future__ import annotations

import base64
import struct
import zlib
from typing import Any

import pytest

from groundwork.factory.report.images import MOST_BYTES, NoImage, read_image
from groundwork.factory.report.notebook import read_cells
from groundwork.factory.report.notebook_diff import compare, difference
from groundwork.factory.report.render import render
from tests.unit.factory.report_samples import Page, code, display, markdown, material, notebook


def _page(*cells: dict[str, Any], before: bytes | None = None) -> Page:
    return Page(render(material(notebook=notebook(*cells), notebook_before=before)).html)


def _statuses(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> list[tuple[str, str]]:
    compared = compare(read_cells(notebook(*old)), read_cells(notebook(*new)))
    return [(entry.cell.source, entry.status) for entry in compared]


def _png(width: int = 2, height: int = 2, padding: int = 0) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = zlib.compress(b"\0\xff\0\0\0\xff\0" * 2)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"tEXt", b"x" * padding) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


def test_cells_are_followed_by_their_ids() -> None:
    old = [code("a = 1", name="a"), code("b", name="b"), code("gone", name="g"), code("c", name="c")]
    new = [code("a = 2", name="a"), code("new", name="n"), code("c", name="c"), code("b", name="b")]
    assert _statuses(old, new) == [
        ("a = 2", "changed"), ("new", "added"), ("c", "moved"), ("b", "same"), ("gone", "removed"),
    ]  # fmt: skip


def test_cells_without_ids_are_followed_by_their_source() -> None:
    old = [code("import x"), code("y = one two three four"), code("z")]
    new = [code("import x"), code("y = one two three five"), code("w"), code("z")]
    assert _statuses(old, new) == [("import x", "same"), ("y = one two three five", "changed"), ("w", "added"), ("z", "same")]


def test_one_id_twice_is_no_id_to_go_by() -> None:
    old, new = [code("a", name="x"), code("b", name="x")], [code("b", name="x"), code("evil", name="x")]
    assert _statuses(old, new) == [("a", "removed"), ("b", "same"), ("evil", "added")]


@pytest.mark.parametrize(("old", "new"), [("", "n"), ("o", ""), ("o", "n")], ids=["new ids", "no ids any more", "other ids"])
def test_an_edited_cell_is_one_changed_cell_also_where_ids_are_on_one_side_only(old: str, new: str) -> None:
    """papermill raises what it executes to a format with ids, and invents them for a notebook that had none."""

    def named(letter: str, *sources: str) -> list[dict[str, Any]]:
        return [code(source, name=f"{letter}{number}" if letter else "") for number, source in enumerate(sources)]

    before = named(old, "import pandas", "horizon = 12", "forecast(horizon)")
    after = named(new, "import pandas", "horizon = 8", "forecast(horizon)")
    assert _statuses(before, after) == [("import pandas", "same"), ("horizon = 8", "changed"), ("forecast(horizon)", "same")]


def test_cells_that_are_moved_and_edited_are_found_without_ids_on_one_side() -> None:
    old = [code("read the sales"), code("model = one two three"), code("show the forecasts")]
    new = [code("show the forecasts", name="a"), code("read the sales", name="b"), code("model = one two four", name="c")]
    assert ("model = one two four", "changed") in _statuses(old, new)
    assert ("show the forecasts", "moved") in _statuses(old, new)
    moved = [code("model = one two four", name="c"), code("read the sales", name="b"), code("show the forecasts", name="a")]
    assert _statuses(old, moved)[0] == ("model = one two four", "changed and moved")


def test_equal_cells_without_ids_on_one_side_stay_apart() -> None:
    old = [code("plot()"), code("plot()"), code("fit one two three")]
    new = [code("plot()", name="a"), code("plot()", name="b"), code("fit one two four", name="c"), code("plot()", name="d")]
    assert [status for _, status in _statuses(old, new)] == ["same", "same", "changed", "added"]


def test_the_likest_are_paired_whichever_comes_first() -> None:
    old = [code("model = fit(sales, weeks=12, level=80)")]
    new = [code("other = fit(sales)", name="a"), code("model = fit(sales, weeks=12, level=95)", name="b")]
    assert [status for _, status in _statuses(old, new)] == ["added", "changed"]


def test_ids_that_both_sides_have_are_believed() -> None:
    """A cell that was deleted and one that was written anew are two, however alike, where ids were kept."""
    old = [code("import x", name="a"), code("horizon = 12", name="b")]
    new = [code("import x", name="a"), code("horizon = 8", name="c")]
    assert [status for _, status in _statuses(old, new)] == ["same", "removed", "added"]


def test_code_that_becomes_text_has_changed() -> None:
    assert _statuses([code("a", name="x")], [markdown("a", name="x")]) == [("a", "changed")]
    assert difference("a", "a").left_out == "the kind of the cell changed, not its source"


def test_a_difference_says_what_it_leaves_out() -> None:
    old = "\n".join(f"line {number}" for number in range(1_000))
    assert "only the beginning" in difference(old, f"{old}\nevil()").left_out
    assert "lines of the difference left out" in difference(old, old.replace("line", "row")).left_out


def test_changed_cells_show_their_lines_and_words() -> None:
    page = _page(code("a = 2\nb", name="a"), before=notebook(code("a = 1\nb", name="a"), code("old", name="o")))
    assert "1 cell changed, 1 cell removed beside release" in page.text
    assert "Changed code cell In [1] a" in page.text
    assert "removed a = 1" in page.text
    assert "added a = 2" in page.text
    assert "Removed code cell" in page.text


def test_a_notebook_that_is_new_on_the_target_says_so() -> None:
    assert "there is none of this name on release, so all of it is new" in _page(code("a")).text


def test_a_notebook_that_cannot_be_compared_is_shown_still() -> None:
    text = _page(code("shown_source"), before=b"{").text
    assert "the one on release is not JSON, so the two cannot be compared" in text
    assert "shown_source" in text


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "There is no executed notebook."),
        (b"", "The executed notebook is not JSON, so it is not shown."),
        (b"\xff\xfe\xfd", "is not JSON"),
        (b"[]", "has no format number of a notebook"),
        (b"null", "has no format number of a notebook"),
        (b'{"nbformat": "4", "cells": []}', "has no format number of a notebook"),
        (b'{"nbformat": 3, "worksheets": [{"cells": []}]}', "is not of format 4"),
        (b'{"nbformat": 4}', "has no list of cells"),
        (b'{"nbformat": 4, "cells": {"a": 1}}', "has no list of cells"),
        (b'{"nbformat": 4, "cells": [' + b"0," * 6_000 + b"0]}", "has more than 5,000 cells"),
        (b"[" * 200_000, "is nested too deeply"),
        (b'{"nbformat": 4, "cells": [], "x": ' + b"9" * 5_000 + b"}", "is not JSON"),
        (b" " * 40_000_001, "is larger than 40 MB"),
    ],
)
def test_a_notebook_that_is_none_is_said_to_be_none(content: bytes | None, reason: str) -> None:
    assert reason in Page(render(material(notebook=content)).html).text


@pytest.mark.parametrize(
    "cell",
    [
        0, None, [], {}, {"cell_type": []}, {"cell_type": "code"}, {"cell_type": "heading", "source": "x"},
        {"cell_type": "code", "source": [1]}, {"cell_type": "code", "source": {"a": 1}},
    ],
)  # fmt: skip
def test_a_cell_of_the_wrong_shape_is_said_to_be_one(cell: Any) -> None:
    assert "This cell is not as the notebook's format says." in _page(cell).text


@pytest.mark.parametrize(
    "output",
    [
        0, None, [], {}, {"output_type": 3}, {"output_type": "stream"}, {"output_type": "stream", "text": [1]},
        {"output_type": "display_data"}, {"output_type": "display_data", "data": []},
    ],
)  # fmt: skip
def test_an_output_of_the_wrong_shape_is_said_to_be_one(output: Any) -> None:
    assert "not as the notebook's format says" in _page(code("x", output)).text


def test_a_stream_in_portions_is_one_output() -> None:
    parts = [{"output_type": "stream", "name": "stdout", "text": text} for text in ("one ", "two")]
    assert "one two" in _page(code("x", *parts)).text


def test_an_image_is_shown_when_it_is_one() -> None:
    page = _page(code("x", display(image__png=base64.b64encode(_png()).decode(), text__plain="<Figure 2x2>")))
    assert ("img", "alt", "Image put out by cell 1: <Figure 2x2>") in page.attributes
    assert ("img", "width", "2") in page.attributes


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<svg onload=alert(1)>", "its content is not"),
        (b"\xff\xd8\xff" + b"\0" * 50, "its content is not"),
        (_png(width=100_000, height=100_000), "pixels was left out"),
        (_png(width=0), "pixels was left out"),
        (_png(padding=MOST_BYTES), "more than 120 kB"),
        (_png()[:20], "its content is not"),
    ],
)
def test_an_image_that_is_none_is_left_out_with_the_reason(content: bytes, reason: str) -> None:
    page = _page(code("x", display(image__png=base64.b64encode(content).decode())))
    assert reason in page.text
    assert "img" not in page.tags


def test_a_jpeg_says_its_size() -> None:
    frame = b"\xff\xe0\x00\x04ab\xff\xc0\x00\x0b\x08" + struct.pack(">HH", 30, 40) + b"\x01\x01\x11\x00"
    image = read_image(base64.b64encode(b"\xff\xd8" + frame).decode(), "image/jpeg")
    assert (image.width, image.height) == (40, 30)
    with pytest.raises(NoImage, match="not in base64"):
        read_image("<>", "image/jpeg")


@pytest.mark.parametrize("kind", ["image/svg+xml", "application/javascript", "text/html+evil"])
def test_what_acts_is_named_and_not_shown(kind: str) -> None:
    page = _page(code("x", {"output_type": "display_data", "data": {kind: "SEEN", "text/plain": "instead"}}))
    assert f"Not shown in a report: {kind}" in page.text
    assert "instead" in page.text
    assert "SEEN" not in page.text


def test_a_notebook_of_30_megabytes_gives_a_page_below_one_that_says_what_is_missing() -> None:
    image = base64.b64encode(_png(padding=MOST_BYTES - 1_000)).decode()
    outputs = [{"output_type": "stream", "name": "stdout", "text": "&<\u2603" * 30_000}, display(image__png=image)]
    content = notebook(*(code(f"cell {number}", *outputs, name=f"c{number}") for number in range(80)))
    assert len(content) > 30_000_000
    html = render(material(notebook=content)).html
    text = Page(html).text
    assert len(html) < 1_000_000
    assert "characters more left out" in text.replace(",", "")
    assert "There is no room for" in text
    assert "cell 79" in text


def test_what_changed_has_its_room_before_what_did_not() -> None:
    """A candidate cannot push a changed cell out of the report by filling the cells before it."""
    same = [code(f"{number} " + "x" * 11_000, name=f"s{number}") for number in range(100)]
    content = notebook(*same, code("evil_change()", name="last"))
    text = Page(render(material(notebook=content, notebook_before=notebook(*same))).html).text
    assert "evil_change()" in text
    assert "There is no room for" in text
    assert "1 cell added beside release" in text


def test_a_flood_of_changes_is_compared_up_to_a_bound_and_says_so() -> None:
    old = [code("\n".join(f"a{line}" for line in range(400)), name=f"c{number}") for number in range(20)]
    new = [{**cell, "source": cell["source"].replace("a", "b")} for cell in old]
    text = Page(render(material(notebook=notebook(*new), notebook_before=notebook(*old))).html).text
    assert "20 cells changed" in text
    assert "Too much changed to compare this cell line by line" in text
