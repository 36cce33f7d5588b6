"""A run's log: one JSON record a line, with `time`, `level`, `step` and `event`; readable while the run goes on."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_EXECUTOR = re.compile(r"\[KFP Executor [\d :,-]+ (?P<level>[A-Z]+)\]: (?P<event>.*)", re.DOTALL)
_LONGEST = 16_384


class RunLog:
    """Writes records; from many threads at once."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a", encoding="utf-8")
        self._lock = threading.Lock()
        self._dumping: set[str] = set()

    def write(self, level: str, step: str, event: str, **more: Any) -> None:
        """Write one record."""
        self._write({"time": _now(), "level": level, "step": step, "event": event, **more})

    def line(self, step: str, text: str) -> None:
        """Write a line of a step's output: a JSON object with an `event` is a record of its own, other text becomes one's event.

        Output of kfp, in its own process (no step) or in the step's, is kept at level debug.
        """
        plain = _COLOUR.sub("", text).rstrip()
        if not plain.strip(" -"):
            return
        if own := _record(plain):
            self._write({"time": _now(), "level": "info", "step": step, **own})
        elif not step or self._is_input(step, plain):
            self.write("debug", step, plain.strip()[:_LONGEST])
        elif noise := _EXECUTOR.fullmatch(plain):
            self.write("debug" if noise["level"] == "INFO" else noise["level"].lower(), step, noise["event"][:_LONGEST])
        else:
            self.write("info", step, plain[:_LONGEST])

    def _is_input(self, step: str, line: str) -> bool:
        """Return whether a line is of the dump of its input that kfp begins each step with."""
        if line.endswith("Got executor_input:"):
            self._dumping.add(step)
            return True
        dumped = step in self._dumping
        if line == "}":
            self._dumping.discard(step)
        return dumped

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _write(self, record: Mapping[str, Any]) -> None:
        line = json.dumps(record, ensure_ascii=False, default=str).encode("utf-8", "replace").decode()
        with self._lock:
            self._file.write(f"{line}\n")
            self._file.flush()


def read_log(path: Path) -> list[Mapping[str, Any]]:
    """Return the records so far; a line that its writer was killed in is left out."""
    if not path.exists():
        return []
    whole, _, _ = path.read_text(encoding="utf-8").rpartition("\n")
    return [json.loads(line) for line in whole.split("\n") if line]


def _record(text: str) -> dict[str, Any] | None:
    if not text.startswith("{"):
        return None
    try:
        record = json.loads(text)
    except ValueError:
        return None
    return record if isinstance(record, dict) and isinstance(record.get("event"), str) else None


def _now() -> str:
    return datetime.now(UTC).isoformat()
