"""A bucket with a long history in it, that counts what is read: objects, and pages of a thousand names."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable
from typing import Any

from fsspec import AbstractFileSystem  # type: ignore[import-untyped]  # fsspec has no types

PAGE = 1_000
"""Names that one listing of Cloud Storage gives: https://cloud.google.com/storage/docs/json_api/v1/objects/list."""


class Counted(AbstractFileSystem):  # type: ignore[misc]  # as above
    """Objects by folder and name."""

    protocol = ("gs",)
    cachable = False

    def __init__(self) -> None:
        super().__init__()
        self._folders: dict[str, dict[str, bytes | None]] = {}
        """What lies in each; None for a folder in it."""
        self.read: Counter[str] = Counter()

    @property
    def reads(self) -> int:
        """How many objects, and pages of names, were read."""
        return self.read.total()

    def put(self, root: str, objects: Iterable[tuple[str, bytes]]) -> None:
        """Have objects there."""
        for path, content in objects:
            self._put(f"{root[5:]}/{path}", content)

    def ls(self, path: str, detail: bool = True, **_: Any) -> list[Any]:  # noqa: FBT001, FBT002  fsspec's signature
        path = self._strip_protocol(path)
        found = self._folders.get(path)
        self.read["pages"] += 1 + len(found or ()) // PAGE
        if not found:
            raise FileNotFoundError(path)
        return [f"{path}/{name}" for name in found]

    def cat_file(self, path: str, *_: Any, **__: Any) -> bytes:
        folder, _slash, name = self._strip_protocol(path).rpartition("/")
        self.read["objects"] += 1
        content = self._folders.get(folder, {}).get(name)
        if content is None:
            raise FileNotFoundError(path)
        return content

    def rm_file(self, path: str) -> None:
        folder, _slash, name = self._strip_protocol(path).rpartition("/")
        if self._folders.get(folder, {}).pop(name, None) is None:
            raise FileNotFoundError(path)

    def remove(self, root: str, candidate: str) -> None:
        """Have all that is written of a candidate not be there."""
        for folder in (f"{root[5:]}/promotions", f"{root[5:]}/markers"):
            del self._folders[f"{folder}/{candidate}"], self._folders[folder][candidate]

    def open(self, path: str, mode: str = "rb", **_: Any) -> Any:
        path = self._strip_protocol(path)
        folder, _slash, name = path.rpartition("/")
        if mode == "xb" and name in self._folders.get(folder, {}):
            raise FileExistsError(path)
        return _Upload(self, path)

    def _put(self, path: str, content: bytes | None) -> None:
        folder, _slash, name = path.rpartition("/")
        new = folder not in self._folders
        self._folders.setdefault(folder, {})[name] = content
        if new and folder:
            self._put(folder, None)


class _Upload(io.BytesIO):
    def __init__(self, objects: Counted, path: str) -> None:
        super().__init__()
        self._objects, self._path = objects, path

    def __exit__(self, *error: object) -> None:
        if not error[0]:
            self._objects._put(self._path, self.getvalue())
