"""The docs as a site: built with warnings as errors, complete in itself, and searched without a server."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.diagrams import FOLDER, diagrams
from tools.tutorial_pictures import PAGE, ROWS, Shell, TutorialError, blocks, chromium, photograph, terminal

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
BY_INDEX = ("reference/components/", "decisions/0")
"""Pages that an index page lists, and the navigation does not."""
LOADED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "video": "src", "audio": "src", "object": "data"}
LINKS_THAT_LOAD = {"stylesheet", "icon", "preload", "prefetch", "preconnect", "dns-prefetch", "manifest", "modulepreload"}
NEEDS_MORE = ("mermaid", "glightbox", "pyodide", "arithmatex")
"""Classes for which the theme's script loads a library from another server."""
TYPED = """<body><iframe id=f style="width:1280px;height:900px"></iframe><script>
const frame = document.getElementById("f"), later = (seconds) => new Promise((done) => setTimeout(done, 1000 * seconds));
const all = (root) => [...root.querySelectorAll("*")];
const roots = (root) => [root, ...all(root).filter((e) => e.shadowRoot).flatMap((e) => roots(e.shadowRoot))];
frame.src = "INDEX";
frame.onload = async () => {
  await later(2);
  const page = frame.contentDocument;
  [...page.querySelectorAll("button")].find((e) => /search/i.test(e.className + e.textContent)).click();
  await later(1);
  for (const field of roots(page).flatMap((root) => [...root.querySelectorAll("input:not([type=checkbox],[type=radio])")])) {
    field.value = "commit marker";
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  await later(3);
  document.body.textContent = roots(page).slice(1).map((root) => root.textContent).join(" ");
};
</script>"""


class Foreign(HTMLParser):
    """Collects what a page would load from another server, and the classes that it uses."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.classes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.classes |= set(values.get("class", "").split())
        address = values.get(LOADED.get(tag, ""), "")
        if tag == "link" and LINKS_THAT_LOAD & set(values.get("rel", "").split()):
            address = values.get("href", "")
        if re.match(r"(https?:)?//", address):
            self.loaded.append(address)


def foreign(page: str) -> Foreign:
    parser = Foreign()
    parser.feed(page)
    return parser


def build(folder: Path, more: str = "") -> subprocess.CompletedProcess[str]:
    """Build a copy of the pages, with more on the first one, as `make docs` does."""
    shutil.copytree(DOCS, folder / "docs")
    shutil.copy(ROOT / "mkdocs.yml", folder)
    with (folder / "docs/index.md").open("a") as page:
        page.write(more)
    command = [str(ROOT / ".venv/bin/zensical"), "build", "--strict"]
    return subprocess.run(command, cwd=folder, env={**os.environ, "NO_COLOR": "1"}, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = build(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "site"


def pages(entries: list[Any]) -> list[str]:
    """Return the pages of a navigation, in their order."""
    found: list[str] = []
    for entry in entries:
        value = next(iter(entry.values())) if isinstance(entry, dict) else entry
        found += pages(value) if isinstance(value, list) else [value]
    return found


def test_the_site_has_every_page_and_no_example(site: Path) -> None:
    written = {file.relative_to(DOCS).with_suffix(".html").as_posix() for file in DOCS.rglob("*.md")}

    assert written | {"404.html"} == {file.relative_to(site).as_posix() for file in site.rglob("*.html")}
    assert not (site / "examples").exists()


def test_a_link_to_a_page_or_heading_that_is_not_there_fails_the_build(tmp_path: Path) -> None:
    done = build(tmp_path, "\n[page](nothing.md) [heading](concepts/glossary.md#nothing) [outside](../README.md)\n")

    assert done.returncode != 0
    assert "3 issues found" in done.stdout + done.stderr


def test_every_page_is_in_the_navigation_or_listed_by_an_index() -> None:
    there = {file.relative_to(DOCS).as_posix() for file in DOCS.rglob("*.md")}
    navigation = pages(yaml.safe_load((ROOT / "mkdocs.yml").read_text())["nav"])

    assert len(navigation) == len(set(navigation))
    missing = there - set(navigation)
    assert [] == sorted(page for page in missing if not page.startswith(BY_INDEX) or page.endswith("index.md"))


def test_no_page_loads_anything_from_another_server(site: Path) -> None:
    found = {file.relative_to(site).as_posix(): foreign(file.read_text()) for file in site.rglob("*.html")}

    assert {} == {name: page.loaded for name, page in found.items() if page.loaded}
    assert {} == {name: page.classes & set(NEEDS_MORE) for name, page in found.items() if page.classes & set(NEEDS_MORE)}
    assert [] == [
        style.name for style in site.rglob("*.css") if re.search(r"(url\(|@import)\s*[\"']?(https?:)?//", style.read_text())
    ]
    assert [] == [
        picture.name for picture in site.rglob("*.svg") if re.search(r"(href|src)=|url\(h|@import", picture.read_text())
    ]


@pytest.mark.parametrize(
    "page",
    [
        '<script src="https://cdn.example/x.js"></script>',
        '<link rel="stylesheet" href="//fonts.example/x.css">',
        '<img alt="" src="http://pictures.example/x.png">',
    ],
)
def test_a_page_that_loads_from_another_server_would_be_found(page: str) -> None:
    assert foreign(page).loaded
    assert not foreign('<a href="https://example.com">a link loads nothing</a>').loaded


def test_the_search_knows_the_text_of_the_pages(site: Path) -> None:
    index = (site / "search.js").read_text()

    assert "commit marker" in index
    assert "concepts/glossary.html" in index


@pytest.mark.deep
@pytest.mark.skipif(chromium() is None, reason="there is no chromium on the PATH to search with")
def test_search_works_from_a_disk(site: Path, tmp_path: Path) -> None:
    found = searched(site, tmp_path)

    assert re.search(r"\d+ results", found), found[-500:]
    assert "Glossary" in found


def searched(site: Path, folder: Path) -> str:
    """Return the text of the search dialog after a search, in a site that was opened from the disk."""
    program = chromium()
    assert program
    (folder / "type.html").write_text(TYPED.replace("INDEX", (site / "index.html").as_uri()))
    options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files", "--virtual-time-budget=15000"]
    done = subprocess.run(
        [program, *options, f"--user-data-dir={folder / 'profile'}", "--dump-dom", (folder / "type.html").as_uri()],
        env={**os.environ, "HOME": str(folder)}, capture_output=True, text=True, timeout=240, check=True,
    )  # fmt: skip
    return done.stdout


def test_the_diagrams_are_those_that_the_script_draws() -> None:
    assert diagrams() == {file.name: file.read_text() for file in FOLDER.iterdir()}


def test_a_picture_belongs_to_the_block_of_commands_above_it() -> None:
    found = {block.commands: block.pictures for block in blocks(PAGE.read_text())}

    assert ("push.svg",) == found[("groundwork demo-short",)]
    assert {name for names in found.values() for name in names} == {file.name for file in (PAGE.parent / "pictures").iterdir()}


def test_a_command_of_the_tutorial_that_fails_stops_the_run(tmp_path: Path) -> None:
    shell = Shell(tmp_path, os.environ)
    try:
        assert shell.run("export X=1; echo $PWD") == "~/groundwork\n"
        assert shell.run("echo $X") == "1\n", "one shell runs all commands"
        with pytest.raises(TutorialError, match="`false` failed"):
            shell.run("false")
    finally:
        shell.close()


def test_a_terminal_picture_shows_the_end_of_a_long_output_as_text() -> None:
    picture = terminal("\x1b[31mfirst\x1b[0m\n" + "line\n" * 60 + "a <b> & c\n")

    assert "first" not in picture
    assert "a &lt;b&gt; &amp; c" in picture
    assert picture.count("<text") == ROWS


def test_without_chromium_no_picture_of_the_report_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)

    assert not photograph(ROOT / "README.md", tmp_path / "report.png")
    assert [] == list(tmp_path.iterdir())
