"""Draw the diagrams of the docs, as SVG: `docs/pictures/push.svg` and `docs/pictures/rooms.svg`. Run by `make diagrams`.

A diagram is data: boxes, arrows and notes on a canvas. It looks the same on GitHub and on the docs site, and loads nothing:
Mermaid would load its renderer from another server.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "docs/pictures"
WIDTH = 600
LINE = 17
"""Pixels from one line of text to the next."""
COLOURS = {
    "person": ("#fff4d6", "#b7791f"),
    "platform": ("#e3edfb", "#2b5fa8"),
    "candidate": ("#fde5da", "#c05621"),
    "good": ("#dff3e4", "#2f7d46"),
    "bad": ("#fbe0e3", "#b02a37"),
    "plain": ("#f1f3f5", "#6c757d"),
}
"""Fill and stroke of each sort of box; the text says the same, so that colour carries nothing by itself."""
SVG = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-label="{title}" \
font-family="system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif" font-size="14">
<title>{title}</title>
<defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto">\
<path d="M0 0 10 5 0 10z" fill="#495057"/></marker></defs>
<rect width="{width}" height="{height}" rx="8" fill="#ffffff"/>
{shapes}
</svg>
"""


@dataclass(frozen=True, kw_only=True)
class Box:
    """A rectangle with a heading and lines of text below it."""

    x: int
    y: int
    width: int
    height: int
    sort: str
    heading: str
    lines: Sequence[str] = ()

    def svg(self) -> str:
        """Return the box with its text centred."""
        fill, stroke = COLOURS[self.sort]
        middle, text = self.x + self.width // 2, [self.heading, *self.lines]
        top = self.y + (self.height - LINE * len(text)) // 2 + LINE - 4
        written = "".join(
            f'<text x="{middle}" y="{top + LINE * row}" text-anchor="middle" fill="#212529"{_weight(row)}>{escape(line)}</text>'
            for row, line in enumerate(text)
        )
        shape = f'<rect x="{self.x}" y="{self.y}" width="{self.width}" height="{self.height}" rx="6"'
        return f'{shape} fill="{fill}" stroke="{stroke}" stroke-width="1.5"/>{written}'


@dataclass(frozen=True, kw_only=True)
class Frame:
    """A dashed rectangle around boxes, with its name in the upper left corner."""

    x: int
    y: int
    width: int
    height: int
    name: str

    def svg(self) -> str:
        """Return the frame."""
        shape = f'<rect x="{self.x}" y="{self.y}" width="{self.width}" height="{self.height}" rx="8" fill="none"'
        name = f'<text x="{self.x + 244}" y="{self.y + 20}" fill="#495057" font-weight="600">{escape(self.name)}</text>'
        return f'{shape} stroke="#868e96" stroke-dasharray="5 4"/>{name}'


@dataclass(frozen=True)
class Arrow:
    """A line through points, with a head at its end."""

    points: Sequence[tuple[int, int]]

    def svg(self) -> str:
        """Return the arrow."""
        path = "M" + " L".join(f"{x} {y}" for x, y in self.points)
        return f'<path d="{path}" fill="none" stroke="#495057" stroke-width="1.5" marker-end="url(#head)"/>'


@dataclass(frozen=True)
class Note:
    """Small text beside a shape."""

    x: int
    y: int
    lines: Sequence[str]

    def svg(self) -> str:
        """Return the lines of the note."""
        return "".join(
            f'<text x="{self.x}" y="{self.y + LINE * row}" fill="#495057" font-size="13">{escape(line)}</text>'
            for row, line in enumerate(self.lines)
        )


def _weight(row: int) -> str:
    return "" if row else ' font-weight="600"'


def _down(x: int, start: int, end: int) -> Arrow:
    return Arrow([(x, start), (x, end)])


def push() -> str:
    """Return the diagram of one push, from the commit to the release or the rollback."""
    steps = [
        ("change, provision", "the commit is read; a temporary deployment", "platform"),
        ("checks, execute", "the commit runs, on data without the holdout", "candidate"),
        ("capture, sources", "results copied, deployment removed", "platform"),
        ("gate", "metrics on the holdout, against thresholds", "platform"),
        ("report, propose", "one HTML page, and a pull request", "platform"),
    ]
    x, width, height, gap, top = 40, 400, 52, 18, 154
    boxes = [
        Box(x=x, y=top + (height + gap) * at, width=width, height=height, sort=sort, heading=name, lines=[what])
        for at, (name, what, sort) in enumerate(steps)
    ]
    middle, below = x + width // 2, boxes[-1].y + height
    review = Box(
        x=x,
        y=below + 52,
        width=width,
        height=52,
        sort="person",
        heading="review",
        lines=["a reviewer reads the page and decides"],
    )
    pushed = Box(
        x=x, y=20, width=width, height=52, sort="person",
        heading="git push feature/x", lines=["a data scientist changed a notebook"],
    )  # fmt: skip
    ends = review.y + 52 + 46
    return drawn(
        "One push: from a commit to a release or a rollback",
        ends + 88,
        [
            pushed,
            Frame(x=20, y=104, width=560, height=below - 104 + 22, name="model factory (Cloud Build)"),
            *boxes,
            review,
            Box(
                x=20, y=ends, width=270, height=68, sort="good", heading="approved",
                lines=["release and merge; the next", "branch starts a promotion"],
            ),
            Box(
                x=310, y=ends, width=270, height=68, sort="bad", heading="rejected",
                lines=["every change is rolled back,", "newest first, and verified"],
            ),
            _down(middle, 72, top - 2),
            *(_down(middle, box.y + height, box.y + height + gap) for box in boxes[:-1]),
            _down(middle, below, review.y),
            Arrow([(155, review.y + 52), (155, ends)]),
            Arrow([(360, review.y + 52), (360, ends)]),
            Arrow([(x + width, boxes[3].y + 26), (566, boxes[3].y + 26), (566, ends)]),
            Note(458, boxes[3].y + 12, ["gate failed"]),
            Note(455, top + 14, ["ledger: each", "action is", "recorded", "before it runs"]),
        ],
    )  # fmt: skip


def rooms() -> str:
    """Return the diagram of the packages and their permitted imports."""
    rows = [
        ("cli", "one command a file", "person"),
        ("operations, entry point of factory", "bootstrap, recover, and the promotions of a build", "platform"),
        ("stacks", "the program: the components of an environment", "platform"),
        ("adapters, onboarding", "platforms behind the ports; new clients", "platform"),
        ("policy, twin", "rules of a preview; the local emulator", "platform"),
        ("environment", "the schema of the environment file", "platform"),
        ("sdk, engine, components", "for pipelines; Automation API; resources", "platform"),
        ("ports", "protocols and their four errors", "plain"),
        ("contract, google", "shared data; facts about Google", "plain"),
        ("errors, printable", "used by every package", "plain"),
    ]
    height, gap, top, x, width = 50, 18, 20, 20, 400
    boxes = [
        Box(x=x, y=top + (height + gap) * at, width=width, height=height, sort=sort, heading=name, lines=[what])
        for at, (name, what, sort) in enumerate(rows)
    ]
    sdk = boxes[6]
    return drawn(
        "Packages of groundwork: each imports from the rows below it",
        boxes[-1].y + height + 20,
        [
            *boxes,
            Box(x=460, y=sdk.y, width=120, height=height, sort="candidate", heading="pipelines", lines=["one folder each"]),
            *(_down(x + width // 2, box.y + height, box.y + height + gap) for box in boxes[:-1]),
            Arrow([(460, sdk.y + 25), (x + width, sdk.y + 25)]),
            Note(436, top + 20, ["an arrow points at", "the package that", "is imported;", "nothing imports", "upwards"]),
        ],
    )


def drawn(title: str, height: int, shapes: Sequence[Box | Frame | Arrow | Note]) -> str:
    """Return shapes on a white canvas, so that a dark page shows them as well."""
    return SVG.format(width=WIDTH, height=height, title=escape(title), shapes="\n".join(shape.svg() for shape in shapes))


def diagrams() -> dict[str, str]:
    """Return every diagram by its file name."""
    return {"push.svg": push(), "rooms.svg": rooms()}


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in diagrams().items():
        (FOLDER / name).write_text(text)
