"""Nothing that strangers write acts on a terminal."""

from __future__ import annotations

import pytest

from groundwork.printable import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain äöü 数\ttab\nline", "plain äöü 数\ttab\nline"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07x", "x"),
        ("\x1b]8;;http://a\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b(Bx\x1bMy", "xy"),
        ("10%\r50%\r100%\r\nnext", "100%\nnext"),
        ("a\x08\x00\x7f\x9bb", "ab"),
        ("a\u202eb\u2066c\u200bd\ufeff", "abcd"),
        ("a\udcffb", "ab"),
        ("\x1b", ""),
    ],
)
def test_only_what_can_be_read_is_left(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert printable(shown) == shown
