"""Run the commands of the tutorial in a fresh clone, and make its pictures from their output. Run by `make pictures`.

A picture belongs to the block of commands above it: an SVG shows the terminal, a PNG the report page at that moment, drawn by
Chromium.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/tutorial/index.md"
INSTALLED = "make setup"
"""The one command that is not run: the clone uses the packages of this checkout."""
REPORTS = ".groundwork/twin/buckets/*/candidates/*/report.html"
HOME = "~/groundwork"
"""Stands in the pictures for the clone, and for this checkout."""
COLUMNS, ROWS = 110, 36
"""Characters of a line, and lines of a picture. A longer line is cut; of a longer output the end is shown."""
END = b"\x1e"
"""Separates the output of a command from its exit code."""


class TutorialError(Exception):
    """A command of the tutorial failed, or a picture could not be made."""


@dataclass(frozen=True)
class Block:
    """Commands of the page, and the files of the pictures that follow them."""

    commands: tuple[str, ...]
    pictures: tuple[str, ...]


def blocks(page: str) -> Iterator[Block]:
    """Yield the blocks of shell commands of a page."""
    parts = re.split(r"^```sh\n(.*?)^```$", page, flags=re.MULTILINE | re.DOTALL)
    for commands, below in zip(parts[1::2], parts[2::2], strict=True):
        pictures = dict.fromkeys(re.findall(r"\(pictures/([\w.-]+)\)", below))
        yield Block(tuple(line for line in commands.splitlines() if line != INSTALLED), tuple(pictures))


class Shell:
    """One shell in which commands run one after the other, as a person types them."""

    def __init__(self, folder: Path, variables: Mapping[str, str]) -> None:
        self._folder = folder
        self._process = subprocess.Popen(
            ["bash"], cwd=folder, env=dict(variables), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )

    def run(self, command: str) -> str:
        """Return the output of a command; raises TutorialError if it fails."""
        assert self._process.stdin  # noqa: S101  for mypy
        assert self._process.stdout  # noqa: S101  as above
        self._process.stdin.write(f"{{ {command}\n}} < /dev/null; printf '\\036%d\\n' $?\n".encode())
        self._process.stdin.flush()
        shown = b""
        for line in self._process.stdout:
            shown += line
            if END in line:
                break
        text, _, code = shown.decode(errors="replace").rpartition(END.decode())
        text = text.replace(str(self._folder), HOME).replace(str(ROOT), HOME)
        if code.strip() != "0":
            raise TutorialError(f"`{command}` failed:\n{text}")
        return text

    def close(self) -> None:
        """End the shell."""
        self._process.communicate()


def play(checkout: Path, variables: Mapping[str, str], into: Path) -> list[str]:
    """Run the whole tutorial in a checkout, write its pictures, and return the names of those that could not be made."""
    into.mkdir(parents=True, exist_ok=True)
    shell, missing = Shell(checkout, variables), []
    try:
        for block in blocks(PAGE.read_text()):
            shown = "".join(f"$ {command}\n{shell.run(command)}" for command in block.commands)
            for name in block.pictures:
                if name.endswith(".svg"):
                    (into / name).write_text(terminal(shown))
                elif not photograph(newest_report(checkout), into / name):
                    missing.append(name)
    finally:
        shell.close()
    return missing


def newest_report(checkout: Path) -> Path:
    """Return the newest report; raises TutorialError if there is none."""
    reports = sorted(checkout.glob(REPORTS), key=lambda file: file.stat().st_mtime)
    if not reports:
        raise TutorialError(f"no report was found: {REPORTS}")
    return reports[-1]


def terminal(text: str) -> str:
    """Return a picture of a terminal with the text, as SVG."""
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|[^\n -\uffff]", "", text).rstrip("\n")
    lines = [line if len(line) <= COLUMNS else f"{line[: COLUMNS - 1]}…" for line in plain.split("\n")]
    if len(lines) > ROWS:
        lines = ["…", *lines[1 - ROWS :]]
    width, height = COLUMNS * 8 + 32, len(lines) * 18 + 28
    written = "\n".join(
        f'<text x="16" y="{26 + 18 * row}" xml:space="preserve"{_colour(line)}>{escape(line)}</text>'
        for row, line in enumerate(lines)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-size="13" fill="#e6edf3" '
        f"font-family=\"'DejaVu Sans Mono', Menlo, Consolas, monospace\">\n"
        f'<rect width="{width}" height="{height}" rx="8" fill="#161b22"/>\n{written}\n</svg>\n'
    )


def _colour(line: str) -> str:
    return ' fill="#7ee787"' if line.startswith("$ ") else ""


def chromium() -> str | None:
    """Return the path of Chromium, or None if it is not installed."""
    return next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)


def photograph(page: Path, picture: Path) -> bool:
    """Take a picture of a page; return False if Chromium is not installed."""
    program = chromium()
    if program is None:
        return False
    with tempfile.TemporaryDirectory() as profile:
        options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-background-networking"]
        paths = [f"--user-data-dir={profile}", f"--screenshot={picture}", "--window-size=1000,1300", page.absolute().as_uri()]
        subprocess.run(
            [program, *options, *paths], env={**os.environ, "HOME": profile}, capture_output=True, check=True, timeout=240
        )
    return True


def clone(folder: Path) -> Path:
    """Return a fresh clone of the committed files, with the packages of this checkout."""
    checkout = folder / "groundwork"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(checkout)], check=True)
    (checkout / ".venv").symlink_to(ROOT / ".venv")
    (checkout / ".git/info/exclude").write_text(".venv\n")
    return checkout


def main() -> int:
    """Make the pictures of the page, and list those that could not be made."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("GROUNDWORK_", "PULUMI_"))}
    with tempfile.TemporaryDirectory() as folder:
        try:
            missing = play(clone(Path(folder)), variables, PAGE.parent / "pictures")
        except TutorialError as error:
            print(f"error: {error} (tutorial-failed)\nhint: run the command in a clone of your own", file=sys.stderr)  # noqa: T201
            return 1
    if missing:
        names = ", ".join(missing)
        print(f"error: Chromium is not installed, so {names} was not made (chromium-missing)", file=sys.stderr)  # noqa: T201
        print("hint: install the package `chromium` and run this again", file=sys.stderr)  # noqa: T201
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
