"""The whole change in a report: nothing that a reviewer approves is left out, cut off or made invisible."""

from __future__ import annotations

import hashlib
import json
import random
import re
import time

import pytest

from groundwork.factory.change import Altered
from groundwork.factory.report.line_diff import changed_lines
from groundwork.factory.report.render import render
from groundwork.factory.report.render_change import show_change
from groundwork.factory.report.report_input import Compiled
from groundwork.factory.report.size_budget import SECTIONS, Budget
from groundwork.factory.report.text import plain
from groundwork.factory.report.visible_text import revealed
from tests.unit.factory.report_samples import Page, altered, changed, code, markdown, material, notebook
from tests.unit.factory.test_report_hostile import EVIL

MODELS, NOTEBOOK = "pipelines/forecasting/models.py", "pipelines/forecasting/notebook.ipynb"


def _text(*files: Altered) -> str:
    rendered = render(material(change=changed(*files)))
    assert rendered.unseen == ""
    return Page(rendered.html).text


def test_every_file_stands_there_with_what_became_of_it() -> None:
    text = _text(
        altered("new.py", None, "a = 1\n"),
        altered("gone.py", "b = 1\n", None),
        altered("run.sh", "x\n", "x\n", mode="100755"),
        altered("now.py", "c\nd\n", "c\ne\n", path_before="before.py"),
        altered("empty.txt", None, ""),
    )
    assert "new.py new, +1 −0 +a = 1" in text  # noqa: RUF001  a minus is meant
    assert "gone.py removed, +0 −1 -b = 1" in text  # noqa: RUF001  as above
    assert "run.sh was a file, is a program, no line differs" in text
    assert "before.py → now.py renamed, +1 −1 c -d +e" in text  # noqa: RUF001  as above
    assert "empty.txt new, no line differs" in text
    assert "Change 5 files 2 lines added, 2 removed" in text


def test_weakened_code_is_on_the_page_and_under_its_digest() -> None:
    """A page that says only that the notebook is unchanged is approved for a change that nobody read."""
    rendered = [render(material(change=changed(altered(MODELS, "x = 1\n", after)))) for after in ("x = 2\n", "x = 3\n")]
    assert "+x = 2" in Page(rendered[0].html).text
    assert rendered[0].digest != rendered[1].digest


def test_a_summary_says_how_much_changed() -> None:
    assert "**Change:** 1 file, 1 line added, 1 removed" in render(material()).summary


@pytest.mark.parametrize("evil", EVIL, ids=range(len(EVIL)))
def test_whatever_a_file_holds_or_is_called_it_is_shown_as_text(evil: str) -> None:
    files = changed(
        altered(f"a/{evil}", None, evil), altered("b", evil, "x"), altered("c", "x", "y", path_before=evil or "z"),
        altered("n.ipynb", notebook(code(evil, name=evil)), notebook(markdown(evil), metadata={evil: evil})),
    )  # fmt: skip
    rendered = render(material(change=files, compiled=Compiled(now=evil.encode("utf-8", "surrogatepass"), before=b"x")))
    page = Page(rendered.html)
    assert page.tags.count("style") == page.tags.count("main") == page.tags.count("h1") == 1
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]", rendered.html.decode())


HIDDEN = {
    "U+202E": "access = 'user\u202e'", "U+200B": "na\u200bme", "U+00A0": "a\u00a0b", "U+000D": "a\rb", "U+001B": "\x1b[2K",
    "U+3164": "\u3164 = 1", "U+FE0F": "a\ufe0f", "0xE9": "caf\udce9", "U+0307": "a" + "\u0307" * 5, "U+2028": "a\u2028b",
    "U+E000": "\ue000", "U+000C": "\x0c",
}  # fmt: skip


@pytest.mark.parametrize("number", HIDDEN)
def test_what_cannot_be_seen_is_shown_by_its_number(number: str) -> None:
    text = HIDDEN[number]
    shown = revealed(text)
    assert f'<span class="number">{number}</span>' in shown
    assert plain(str(shown)) == str(shown), "nothing is taken out of it on its way to the page"
    given = text.encode("utf-8", "surrogateescape")
    assert number in Page(render(material(change=changed(altered(MODELS, b"", given)))).html).text


def test_two_texts_that_look_alike_make_two_pages() -> None:
    texts = [
        "is_admin",
        "is_\u200badmin",
        "is_admin\u202e",
        "is_admin ",
        "is_admin\r",
        "<span>U+200B</span>is_admin",
        "is\u00a0admin",
    ]
    pages = {render(material(change=changed(altered(MODELS, None, f"{text}\n")))).html for text in texts}
    assert len(texts) == len(pages)


def test_a_file_that_ends_without_a_line_end_is_another() -> None:
    assert "no line end at the end of the file" in _text(altered(MODELS, "x\n", "x"))


def test_a_long_line_is_shown_to_its_end() -> None:
    long = "x" * 50_000
    assert f"+{long}evil()" in _text(altered(MODELS, f"{long}\n", f"{long}evil()\n"))


def test_what_is_not_text_shows_its_size_and_digest() -> None:
    before, after = b"\0one", b"\0two!"
    digests = [hashlib.sha256(content).hexdigest() for content in (before, after)]
    assert f"m.bin not text: 4 bytes, sha256:{digests[0]} → 5 bytes, sha256:{digests[1]}" in _text(
        altered("m.bin", before, after)
    )


def test_a_notebook_shows_its_cells_and_all_that_is_not_a_source() -> None:
    old = [code("import x", name="a"), code("horizon = 12", name="b"), markdown("gone soon", "c")]
    new = [code("import x", name="a"), code("horizon = 8", name="b"), code("new()", name="d")]
    new[0]["metadata"] = {"tags": ["raises-exception"]}
    text = _text(altered(NOTEBOOK, notebook(*old), notebook(*new, metadata={"kernelspec": {"name": "evil"}})))
    assert "1 cell added, 1 cell changed, 1 cell removed" in text
    for shown in ("Changed code cell row 2 b -horizon = 12 +horizon = 8", "+new()", "-gone soon", '"raises-exception"', '"evil"'):
        assert shown in text
    assert "import x" not in text.split("Changed files")[1].split("Gate: passed")[0]


def test_outputs_that_were_committed_are_told_by_their_digest() -> None:
    """They are not what was executed, and a page may hold no image of a stranger's twice."""
    given = notebook(code("x", {"output_type": "stream", "name": "stdout", "text": "SEEN"}))
    text = _text(altered(NOTEBOOK, notebook(code("x")), given))
    assert "SEEN" not in text
    assert re.search(r"outputs.*bytes, sha256:[0-9a-f]{64}", text)


@pytest.mark.parametrize(
    "content",
    [
        b'{"nbformat": 4, "metadata": {}, "cells": [], "cells": [{"cell_type": "code", "source": "EVIL()"}]}',
        b'{"nbformat": 3, "worksheets": [{"cells": [{"input": "EVIL()"}]}]}',
        b"EVIL()",
        b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": {"a": "EVIL()"}}]}',
        b'{"nbformat": 4, "cells": [["EVIL()"]]}',
        b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": "x", "attachments": {"a": "EVIL()"}}]}',
        b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": "x", "execution_count": "EVIL()"}]}',
        b'{"nbformat": 4, "EVIL()": 1, "cells": []}',
    ],
)
def test_nothing_in_a_notebooks_file_is_passed_over(content: bytes) -> None:
    assert "EVIL()" in _text(altered(NOTEBOOK, None, content))


def test_what_does_not_fit_is_said_and_nothing_is_asked_then() -> None:
    lines = "".join(f"value_{number} = {number}\n" for number in range(20_000))
    rendered = render(
        material(change=changed(altered("a.py", None, "x\n"), altered("b.py", None, lines), altered("c.py", None, "y\n")))
    )
    assert rendered.unseen == "There is no room for all of the change: not shown is b.py and every file after it."
    assert rendered.unseen in Page(rendered.html).text
    assert len(rendered.html) < 1_000_000


@pytest.mark.parametrize("reason", ["is a link", "is a submodule", "is too large to be shown: 99,000,000 bytes"])
def test_what_was_not_read_is_not_shown_as_if_it_were(reason: str) -> None:
    shown = show_change(changed(altered("a", None, b"", mode="120000", unread=reason)))
    assert f"not shown is a, which {reason}" in shown.unseen


def test_more_files_than_were_read_are_not_shown_as_if_they_were_all() -> None:
    shown = show_change(changed(altered("a", None, "x\n"), more=7))
    assert ("8 files", "There is no room for all of the change: not shown is 7 files after the first 1.") == (
        shown.headline, shown.unseen,
    )  # fmt: skip


def test_a_change_of_all_that_fits_leaves_the_page_below_a_million_bytes() -> None:
    files = [altered(f"f{number}.py", None, "<&>\n" * 200) for number in range(500)]
    shown = show_change(changed(*files))
    assert sum(len(markup.encode()) for markup in shown.files) <= SECTIONS["change"]
    assert sum(SECTIONS.values()) < 970_000
    assert len(render(material(change=changed(*files))).html) < 1_000_000


@pytest.mark.parametrize("seed", range(40))
def test_lines_lead_from_one_text_to_the_other_whatever_may_still_be_compared(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311  no secret
    old = [str(dice.randrange(dice.choice([2, 30, 500]))) for _ in range(dice.randrange(300))]
    new = [line for line in old if dice.random() < 0.9] + ["new"] * dice.randrange(3)
    if seed % 3 == 0:
        dice.shuffle(new)
    lines = changed_lines([*old, *["z"] * 9], [*new, *["z"] * 9], Budget(dice.choice([0, 5_000, 10**6])))
    shown = {sign: [text for given, text in lines if given == sign] for sign in "+-"}
    assert sorted(shown["+"] + old) == sorted(shown["-"] + new), "what is not shown is on both sides"


def test_unchanged_lines_far_from_a_change_are_skipped_with_the_number_of_the_next() -> None:
    old = [str(number) for number in range(1, 101)]
    lines = changed_lines(old, [*old[:49], "fifty", *old[50:]], Budget(10_000))
    assert [("@", "line 47"), (" ", "47"), (" ", "48"), (" ", "49"), ("-", "50"), ("+", "fifty")] == lines[:6]
    assert 9 == len(lines)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (["a", "b"] * 20_000, ["b", "a"] * 20_000),
        ([f"{n}" for n in range(40_000)], [f"{n}" for n in range(40_000)][::-1]),
        ([*["a", "b"] * 49, "x"] * 300, [*["b", "a", "a"] * 33, "y"] * 300),
    ],
)
def test_no_text_makes_comparing_last(old: list[str], new: list[str]) -> None:
    """difflib alone would take hours for each of these."""
    began = time.process_time()
    changed_lines(old, new, Budget(200_000))
    assert time.process_time() - began < 15


def test_the_compiled_pipeline_is_shown_whole_where_none_runs_yet() -> None:
    page = Page(render(material(compiled=Compiled(now=b"image: attacker.example/backdoor\n", before=None))).html)
    assert "All of it, as the schedule runs none now." in page.text
    assert "+image: attacker.example/backdoor" in page.text


def test_the_compiled_pipeline_is_shown_beside_the_one_that_runs() -> None:
    now, before = b"a\nimage: evil\n", b"a\nimage: good\n"
    text = Page(render(material(compiled=Compiled(now=now, before=before))).html).text
    assert f"sha256:{hashlib.sha256(now).hexdigest()}" in text
    assert "-image: good +image: evil" in text
    assert "the one that the schedule runs now" in Page(render(material(compiled=Compiled(now=now, before=now))).html).text


def test_a_compiled_pipeline_without_room_is_not_asked_about() -> None:
    rendered = render(material(compiled=Compiled(now=b"x: <>\n" * 50_000, before=None)))
    assert rendered.unseen == "There is no room for the compiled pipeline: it has 300,000 bytes."


def test_a_link_of_a_stranger_shows_where_it_leads() -> None:
    """`Approve here` is one click away, and the page is the platform's."""
    cells = [
        markdown("[approve here](https://evil.example/x?a=1&b=2) <https://plain.example/>"),
        code("x", {"output_type": "display_data", "data": {"text/html": "<a href='mailto:eve@evil.example'><b>ask</b></a>"}}),
    ]
    text = Page(render(material(notebook=notebook(*cells), notebook_before=None)).html).text
    assert "approve here (https://evil.example/x?a=1&b=2)" in text
    assert "ask (mailto:eve@evil.example)" in text
    assert text.count("https://plain.example/") == 1


def test_a_notebook_is_shown_as_json_reads_it() -> None:
    cell = json.loads(notebook(code("a\nb")))["cells"][0]
    listed = {**cell, "source": ["a\n", "b"]}
    text = _text(altered(NOTEBOOK, notebook(cell), notebook(listed)))
    assert "no cell changed" in text
