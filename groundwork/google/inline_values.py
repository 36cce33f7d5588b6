"""Values that stand in a build file before Cloud Build sees it: nobody who starts the build can give others.

A file asks for them as for substitutions, `${_IMAGE}`. Whoever writes the build down (the program into a trigger, the factory
into a submission) fills them in, with every dollar doubled: Cloud Build goes through the text once more, and makes one of two.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

_PLACE = re.compile(r"\$(?:\$|(?P<bare>_[A-Z0-9_]+)|\{(?P<braced>_[A-Z0-9_]+)\})")
_ASKED = re.compile(r"(?<!\$)(?:\$\$)*\$\{?(_[A-Z0-9_]+)")


def asked(given: Any) -> frozenset[str]:
    """Return the names of one's own that a build, or a part of it, asks for: `_TARGET` and the like."""
    return frozenset(name for text in _texts(given) for name in _ASKED.findall(text))


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return a text with the names filled in that have a value here, and all others as they are."""
    return _PLACE.sub(lambda place: _value(place, values), text)


def everywhere(given: Any, change: Callable[[str], Any]) -> Any:
    """Return a build, or a part of it, with every text in it changed."""
    if isinstance(given, str):
        return change(given)
    if isinstance(given, Mapping):
        return {key: everywhere(one, change) for key, one in given.items()}
    return [everywhere(one, change) for one in given] if isinstance(given, (list, tuple)) else given


def require_whole(given: Any, names: Iterable[str]) -> None:
    """Raise ValueError for a name that a build does not ask for, or takes a part of, which only a shell can."""
    emptied = everywhere(given, lambda text: filled(text, dict.fromkeys(names, "")))
    if strange := sorted((set(names) - asked(given)) | (set(names) & asked(emptied))):
        raise ValueError(f"the build does not ask for {', '.join(strange)} as a whole, like ${{{strange[0]}}}: leave it out")


def _value(place: re.Match[str], values: Mapping[str, str]) -> str:
    name = place["bare"] or place["braced"]
    return values[name].replace("$", "$$") if name in values else place[0]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, Sequence):
        for one in value:
            yield from _texts(one)
