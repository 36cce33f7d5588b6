"""Reports in a real browser: what a parser of ours finds harmless, a browser must too; and a phone has to be wide enough."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from groundwork.factory.report.render import render
from tests.unit.factory.report_samples import code, display, material, notebook
from tests.unit.factory.test_report_hostile import EVIL, _everywhere

_CHROMIUM = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)
pytestmark = [
    pytest.mark.deep,
    pytest.mark.skipif(_CHROMIUM is None, reason="there is no chromium on the PATH to look at reports with"),
]
_PHONE = 360
_LOOK = """<!doctype html><meta charset="utf-8"><body>%s<script>
addEventListener("load", () => {
  const found = [...document.querySelectorAll("iframe")].map((frame) => {
    const page = frame.contentDocument, all = [...page.querySelectorAll("*")];
    return {
      acting: all.filter((e) => e.matches("script,iframe,object,embed,form,link,base,input,button,video,audio")).length,
      handlers: all.filter((e) => [...e.attributes].some((a) => a.name.startsWith("on") || a.name === "style")).length,
      wide: page.documentElement.scrollWidth - page.documentElement.clientWidth,
      title: page.title, text: page.body.innerText.length,
    };
  });
  document.body.textContent = JSON.stringify(found);
});
</script>"""


def _look(folder: Path, pages: list[bytes], width: int = _PHONE) -> tuple[list[dict[str, Any]], str]:
    """Return what a browser makes of pages that are so wide, and its log of what it asked the network for."""
    assert _CHROMIUM
    frames = []
    for number, page in enumerate(pages):
        (folder / f"{number}.html").write_bytes(page)
        frames.append(f'<iframe src="{number}.html" style="border:0;width:{width}px;height:600px"></iframe>')
    (folder / "look.html").write_text(_LOOK % "".join(frames))
    done = subprocess.run(
        [
            _CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run",
            "--allow-file-access-from-files", f"--user-data-dir={folder / 'profile'}", f"--log-net-log={folder / 'net.json'}",
            "--dump-dom", (folder / "look.html").as_uri(),
        ],
        env={**os.environ, "HOME": str(folder)}, capture_output=True, text=True, timeout=240, check=True,
    )  # fmt: skip
    shown = re.search(r"<body>(.*)</body>", done.stdout, re.DOTALL)
    assert shown, done.stderr
    return json.loads(unescape(shown[1])), (folder / "net.json").read_text()


def test_the_browser_would_tell(tmp_path: Path) -> None:
    """Were all that follows found harmless because nothing is looked at, this would fail."""
    bad = b"<title>x</title><script>document.title = 'ran'</script>"
    bad += b"<img src=https://evil.example/ onerror=x><p style=width:900px>wide"
    found, net = _look(tmp_path, [bad])
    assert [found[0]["acting"], found[0]["handlers"], found[0]["title"]] == [1, 2, "ran"]
    assert found[0]["wide"] > 500
    assert "evil.example" in net


def test_no_report_acts_loads_or_is_wider_than_a_phone(tmp_path: Path) -> None:
    pages = [render(_everywhere(evil)).html for evil in EVIL]
    found, net = _look(tmp_path, pages)
    assert len(found) == len(EVIL)
    for evil, page in zip(EVIL, found, strict=True):
        assert (page["acting"], page["handlers"], page["wide"]) == (0, 0, 0), evil
        assert page["title"] == "forecasting-3f9c1e7a2b4d · review decision asked for" or not evil
        assert page["text"] > 1_000
    assert "evil.example" not in net


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_wide_tables_and_code_scroll_in_boxes_of_their_own(tmp_path: Path, width: int) -> None:
    table = f"<table><tr>{''.join(f'<td>column_{number}</td>' for number in range(60))}</tr></table>"
    cells = [
        code("x = " + "'a'" * 400, display(text__html=table)),
        code("y" * 3_000, {"output_type": "stream", "text": "z" * 3_000}),
    ]
    words = {"subject": "w" * 500, "branch": "feature/" + "b" * 90, "author": "a" * 100}
    page = render(material(**words, notebook=notebook(*cells), notebook_before=notebook(code("y" * 2_000)))).html
    assert _look(tmp_path, [page], width)[0][0]["wide"] == 0
