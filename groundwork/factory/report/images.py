"""Untrusted images: only PNG and JPEG by their own bytes, and of a size that a browser can show."""

from __future__ import annotations

import base64
import binascii
import struct
from dataclasses import dataclass

MOST_BYTES = 120_000
_MOST_PIXELS = 30_000_000
_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


class NoImage(Exception):
    """The reason for not showing it, as the end of the sentence `An image … `."""


@dataclass(frozen=True, kw_only=True)
class Image:
    """An image that may be shown."""

    uri: str
    """`data:image/…;base64,…`"""
    width: int
    height: int


def read_image(encoded: str, kind: str) -> Image:
    """Return an image of a notebook (`image/png` or `image/jpeg`, in base64); raises NoImage."""
    if len(encoded) > MOST_BYTES * 2:
        raise NoImage(f"of about {len(encoded) * 3 // 4_000:,} kB was left out: more than {MOST_BYTES // 1000} kB")
    try:
        content = base64.b64decode("".join(encoded.split()), validate=True)
    except (ValueError, binascii.Error):
        raise NoImage("was left out: it is not in base64") from None
    if len(content) > MOST_BYTES:
        raise NoImage(f"of {len(content) // 1000:,} kB was left out: more than {MOST_BYTES // 1000} kB")
    size = _png_size(content) if kind == "image/png" else _jpeg_size(content)
    if size is None:
        raise NoImage(f"was left out: its content is not {kind}")
    width, height = size
    if not 0 < width * height <= _MOST_PIXELS:
        raise NoImage(f"of {width:,} × {height:,} pixels was left out")  # noqa: RUF001  the sign of multiplication is meant
    return Image(uri=f"data:{kind};base64,{base64.b64encode(content).decode()}", width=width, height=height)


def _png_size(content: bytes) -> tuple[int, int] | None:
    """Width and height of the header chunk (PNG specification, 11.2.1)."""
    if not content.startswith(_PNG) or content[12:16] != b"IHDR" or len(content) < 33:  # noqa: PLR2004  end of that chunk
        return None
    return struct.unpack(">II", content[16:24])


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    """Width and height of the first frame header (ITU T.81, B.2.2)."""
    at = 2
    while content.startswith(_JPEG) and at + 9 < len(content) and content[at] == 0xFF:  # noqa: PLR2004  first byte of a marker
        length = struct.unpack(">H", content[at + 2 : at + 4])[0]
        if content[at + 1] in _FRAMES:
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return width, height
        at += 2 + max(length, 2)
    return None
