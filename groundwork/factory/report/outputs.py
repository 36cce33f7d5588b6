"""Outputs of cells in a harmless form: text, sanitised tables, small images, and a note for every omission."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from groundwork.factory.report.images import Image, NoImage, read_image
from groundwork.factory.report.notebook import Cell, joined
from groundwork.factory.report.sanitise import safe_html, safe_markdown
from groundwork.factory.report.size_budget import Budget
from groundwork.factory.report.text import clip, count, line

MOST_OUTPUTS = 30
_TEXT, _LINES = 8_000, 120
_HTML = 60_000
_IMAGES = ("image/png", "image/jpeg")


@dataclass(frozen=True, kw_only=True)
class Output:
    """One output as text, markup or an image, or only a note in its place."""

    text: str = ""
    markup: Markup | None = None
    image: Image | None = None
    label: str = ""
    """A description, if the output needs one."""
    notes: tuple[str, ...] = ()


def outputs_of(cell: Cell, budget: Budget) -> Iterator[Output]:
    """Return the harmless parts of a cell's outputs, in order. `budget` limits the characters that are sanitised."""
    outputs = _streams_together(cell.outputs)
    yield from (_output(output, budget) for output in outputs[:MOST_OUTPUTS])
    notes = []
    if len(outputs) > MOST_OUTPUTS:
        notes.append(f"{count(len(outputs) - MOST_OUTPUTS, 'more output')} left out")
    if cell.odd:
        notes.append(f"{count(cell.odd, 'output')} not as the notebook's format says")
    if notes:
        yield Output(notes=tuple(notes))


def _streams_together(outputs: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the outputs; consecutive portions of one stream are joined."""
    together: list[tuple[Mapping[str, Any], list[str]]] = []
    for output in outputs:
        text = joined(output.get("text")) if output.get("output_type") == "stream" else None
        if text is None:
            together.append((output, []))
        elif together and together[-1][1] and together[-1][0].get("name") == output.get("name"):
            together[-1][1].append(text)
        else:
            together.append((output, [text]))
    return [{**output, "text": "".join(texts)} if texts else output for output, texts in together]


def _output(output: Mapping[str, Any], budget: Budget) -> Output:
    match output.get("output_type"):
        case "stream":
            return _text(joined(output.get("text")), label="standard error" if output.get("name") == "stderr" else "")
        case "error":
            return _error(output)
        case "execute_result" | "display_data":
            data = output.get("data")
            return _display(data, budget) if isinstance(data, dict) else _odd()
    return _odd()


def _odd() -> Output:
    return Output(notes=("An output is not as the notebook's format says.",))


def _text(text: str | None, *, label: str = "", notes: tuple[str, ...] = ()) -> Output:
    if text is None:
        return _odd()
    shown, omitted = clip(text, _TEXT, _LINES)
    return Output(text=shown, label=label, notes=(*notes, omitted) if omitted else notes)


def _error(output: Mapping[str, Any]) -> Output:
    traceback = output.get("traceback")
    said = f"{output.get('ename')}: {output.get('evalue')}"
    listed = "\n".join(traceback) if isinstance(traceback, list) and all(isinstance(row, str) for row in traceback) else ""
    return _text(listed or said, label="error")


def _display(data: Mapping[str, Any], budget: Budget) -> Output:
    """Show the richest harmless form, and name the forms that are never shown."""
    rest = [kind for kind in data if kind not in {*_IMAGES, "text/html", "text/markdown", "text/plain"}]
    notes = [f"Not shown in a report: {', '.join(line(kind, 60) for kind in rest[:5])}"] if rest else []
    alternative = joined(data.get("text/plain"))
    for kind in _IMAGES:
        if kind in data:
            try:
                image = read_image(joined(data[kind]) or "", kind)
            except NoImage as error:
                notes.append(f"An image {error}.")
            else:
                return Output(image=image, label=line(alternative or "", 120), notes=tuple(notes))
    if (html := joined(data.get("text/html"))) is not None:
        markup = safe_html(html[:_HTML]) if budget.spend(len(html[:_HTML])) else None
        if markup is not None and markup.strip():
            omitted = (f"{count(len(html) - _HTML, 'character')} more left out",) if len(html) > _HTML else ()
            return Output(markup=markup, notes=(*notes, *omitted))
        notes.append("HTML was left out: it has no harmless content, or too much.")
    elif (text := joined(data.get("text/markdown"))) is not None:
        markup = safe_markdown(text[:_TEXT]) if budget.spend(len(text[:_TEXT])) else None
        if markup is not None:
            return Output(markup=markup, notes=tuple(notes))
        alternative = text if alternative is None else alternative
    return Output(notes=tuple(notes)) if alternative is None else _text(alternative, notes=tuple(notes))
