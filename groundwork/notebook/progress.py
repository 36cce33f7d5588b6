"""Shows the progress of a running notebook: each cell, its output and its duration."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

from groundwork.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable

    import nbformat

_LINES_OF_A_CELL = 60
_WIDTH = 160
_WARNING = re.compile(r"\S+:\d+: \w*Warning: ")


class Progress:
    """Listens to papermill; it is also the file-like object that receives the output of cells.

    Warnings of libraries are not shown; they are in the executed copy, and in the output of a failed cell.
    """

    def __init__(self, notebook: nbformat.NotebookNode, say: Callable[[str], None]) -> None:
        code = [index for index, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
        self._numbers = {index: number for number, index in enumerate(code, 1)}
        self._say = say
        self._began = 0.0
        self._shown = 0
        self._rest = ""
        self._warned = False
        self.cell: nbformat.NotebookNode | None = None
        """The cell that began last."""
        self.position = ""
        """Its position among the cells that run; "" before the first."""

    def where(self, index: int) -> str:
        """Return a cell's position among the cells that run."""
        return f"cell {self._numbers.get(index, index + 1)}/{len(self._numbers)}"

    def begin(self, cell: nbformat.NotebookNode, cell_index: int, **_: Any) -> None:
        """Show the cell that runs now, or the first line of a text cell."""
        self.cell = cell
        self.position = self.where(cell_index) if cell_index in self._numbers else self.position
        self._began, self._shown, self._rest = time.monotonic(), 0, ""
        text = _first_line(cell.source)
        self._say(f"{self.where(cell_index)}: {text}" if cell_index in self._numbers else text)

    def end(self, cell: nbformat.NotebookNode, cell_index: int, **_: Any) -> None:
        """Show the output of a cell, and its duration."""
        if self._rest:
            self.write("\n")
        for output in cell.outputs:
            if output.output_type in {"execute_result", "display_data"} and "text/plain" in output.data:
                self.write(output.data["text/plain"].rstrip("\n") + "\n")
        if self._shown > _LINES_OF_A_CELL:
            self._say(f"    … {self._shown - _LINES_OF_A_CELL} more lines, in the executed copy")
        if cell_index in self._numbers:
            self._say(f"{self.where(cell_index)} … {time.monotonic() - self._began:.1f} s")

    def write(self, text: str) -> None:
        """Receive printed text; show complete lines at once, and drop text that a progress bar wrote over."""
        *lines, rest = (self._rest + text).split("\n")
        # Of an incomplete line, only the shown part is kept; a carriage return at its end may be half of a line end.
        self._rest = _last_written(rest)[: 2 * _WIDTH] + ("\r" if rest.endswith("\r") else "")
        for line in map(_last_written, lines):
            if not self._is_warning(line):
                self._shown += 1
                if self._shown <= _LINES_OF_A_CELL:
                    self._say(f"    {_cut(printable(line))}")

    def _is_warning(self, line: str) -> bool:
        """Return whether a line is one of Python's warnings, or the line of code that follows it."""
        quoted = self._warned and line.startswith("  ")
        self._warned = _WARNING.match(line) is not None
        return self._warned or quoted

    def flush(self) -> None:
        """Do nothing: lines are never held back. Files have this method."""

    def errors_printed(self) -> str:
        """Return the last cell's text on standard error."""
        outputs = self.cell.outputs if self.cell else []
        text = "".join(output.text for output in outputs if output.output_type == "stream" and output.name == "stderr")
        return "\n".join(_last_written(line) for line in text.split("\n"))


def _last_written(line: str) -> str:
    """Return the visible part of a line with carriage returns."""
    return next((part for part in reversed(line.split("\r")) if part), "")


def _first_line(source: str) -> str:
    lines = [line for line in printable(source).split("\n") if line.strip()]
    return _cut(lines[0].strip()) if lines else "(empty)"


def _cut(line: str) -> str:
    return line if len(line) <= _WIDTH else line[: _WIDTH - 1] + "…"
