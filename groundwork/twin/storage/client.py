"""Cloud Storage on the twin: `gs://` as an fsspec filesystem over `<twin>/buckets/`, as one identity sees it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

from fsspec import AbstractFileSystem  # type: ignore[import-untyped]  # fsspec has no types
from fsspec.core import has_magic  # type: ignore[import-untyped]  # fsspec has no types

from groundwork.ports.errors import Denied
from groundwork.twin.core.atomic_files import partial, place
from groundwork.twin.core.store import Store
from groundwork.twin.iam.permissions import require
from groundwork.twin.storage.resources import retained

BUCKET = "gcp:storage/bucket:Bucket"


class TwinObjects(AbstractFileSystem):  # type: ignore[misc]  # as above
    """Objects of buckets. Folders are there while something is in them; an object is written whole or not at all."""

    protocol: ClassVar[tuple[str, ...]] = ("gs", "gcs")
    root_marker = ""
    cachable = False
    """Each belongs to one identity."""

    def __init__(self, store: Store, identity: str | None) -> None:
        super().__init__()
        self._store = store
        self._identity = identity

    def ls(self, path: str, detail: bool = True, **_: Any) -> list[Any]:  # noqa: FBT001, FBT002  fsspec's signature
        """List buckets, or the direct content of a folder of one."""
        path = self._strip_protocol(path)
        entries = self._entries(path) if path else self._buckets()
        found = sorted(entries, key=lambda entry: str(entry["name"]))
        return found if detail else [entry["name"] for entry in found]

    def find(self, path: str, *args: Any, **options: Any) -> Any:
        """List all that is below a path; without the right to, that is an error and not an empty list."""
        path = self._strip_protocol(path)
        if path:
            with suppress(FileNotFoundError):
                self._locate(path, "storage.objects.list")
        return super().find(path, *args, **options)

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        """Return name, size, type and time of one object, or that it is a folder."""
        path = self._strip_protocol(path)
        if not path:
            return {"name": "", "size": 0, "type": "directory"}
        file = self._locate(path, "storage.objects.get" if "/" in path else "storage.objects.list")
        if file.is_dir():
            self._require("storage.objects.list", path)  # a folder exists only if a listing finds something in it
        elif not file.exists():
            raise FileNotFoundError(f"gs://{path}")
        return _info(path, file)

    def created(self, path: str) -> datetime:
        """Return when an object was written."""
        return self.modified(path)

    def modified(self, path: str) -> datetime:
        """Return when an object was written."""
        return datetime.fromtimestamp(self.info(path)["mtime"], tz=UTC)

    def mkdir(self, path: str, create_parents: bool = True, **_: Any) -> None:  # noqa: ARG002, FBT001, FBT002  fsspec's signature
        """Do nothing: there are no folders, and buckets are made by the program. The bucket must be there."""
        self._bucket(self._strip_protocol(path).split("/")[0])

    def makedirs(self, path: str, exist_ok: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002  fsspec's signature
        """Do nothing, as `mkdir`."""
        self.mkdir(path)

    def rmdir(self, path: str) -> None:
        """Do nothing: a folder goes with the last object in it."""

    def cp_file(self, path1: str, path2: str, **_: Any) -> None:
        """Copy an object."""
        self.pipe_file(path2, self.cat_file(path1))

    def rm(self, path: Any, recursive: bool = False, maxdepth: int | None = None) -> None:  # noqa: FBT001, FBT002  fsspec's signature
        """Remove objects, and with `recursive` all those in a folder, in one go."""
        for start in [path] if isinstance(path, str) else path:
            folder = self._strip_protocol(start)
            if recursive and maxdepth is None and not has_magic(folder) and self.isdir(folder):
                self._remove(folder, self.find(folder))
                continue
            for found in self.expand_path(start, recursive=recursive, maxdepth=maxdepth):
                if not self.isdir(found):
                    self.rm_file(found)

    def _rm(self, path: str) -> None:
        path = self._strip_protocol(path)
        self._locate(path, "storage.objects.delete")
        self._remove(path, [path])

    def _remove(self, within: str, names: list[str]) -> None:
        """Remove objects that were listed in a folder. A grant that reaches the folder reaches them all."""
        bucket = self._bucket(within.partition("/")[0])
        try:
            self._require("storage.objects.delete", within if [within] == names else f"{within}/")
        except PermissionError:
            for name in names:
                self._require("storage.objects.delete", name)
        if policy := self._store.get(BUCKET, bucket.name):
            kept = [name for name in names if retained(policy.inputs, bucket.parent / name)]
            if kept:
                raise PermissionError(f"gs://{kept[0]} has to be kept: the bucket's retention has not passed")
        files = [bucket.parent / name for name in names]
        with self._store.lock(BUCKET, bucket.name):
            for file in files:
                file.unlink(missing_ok=len(files) > 1)
            for folder in sorted({folder for file in files for folder in file.parents}, key=lambda folder: -len(folder.parts)):
                if bucket in folder.parents:
                    with suppress(OSError):  # there is still something in it
                        folder.rmdir()

    def open(self, path: str, mode: str = "rb", **options: Any) -> Any:
        """Open an object as a file, of bytes or of text."""
        if "b" in mode:
            return super().open(path, mode, **options)
        text = {key: options.pop(key, None) for key in ("encoding", "errors", "newline")}
        return _Text(super().open(path, f"{mode.replace('t', '')}b", **options), **text)

    def _open(self, path: str, mode: str = "rb", **_: Any) -> io.BufferedIOBase:
        path = self._strip_protocol(path)
        match mode:
            case "rb":
                return self._locate(path, "storage.objects.get").open("rb")
            case "wb" | "xb":
                file = self._locate(path, "storage.objects.create")
                if file.is_dir():
                    raise IsADirectoryError(f"gs://{path}")
                if file.exists():
                    if mode == "xb":
                        raise FileExistsError(f"gs://{path}")
                    self._require("storage.objects.delete", path)  # Google's rule: overwriting deletes
                return _Upload(self._placed(path, file, new=mode == "xb"))
            case _:
                raise ValueError(f"an object is opened to be read (`r`) or written whole (`w`, `x`), not `{mode}`")

    @contextmanager
    def _placed(self, path: str, file: Path, *, new: bool) -> Iterator[BinaryIO]:
        """Yield a file to write; it becomes the object if the block ends well."""
        bucket = self._bucket(path.partition("/")[0])
        with partial(self._store) as written:
            yield written
            with self._store.lock(BUCKET, bucket.name):
                if file.exists():
                    if new:
                        raise FileExistsError(f"gs://{path}")
                    self._require("storage.objects.delete", path)  # another process may have written it since
                self._bucket(bucket.name)
                file.parent.mkdir(parents=True, exist_ok=True)
                place(written, file)

    def _buckets(self) -> Iterator[dict[str, Any]]:
        if self._identity is not None:
            raise PermissionError(f"{self._identity} lacks storage.buckets.list; name a bucket")
        for name, _ in self._store.all(BUCKET):
            yield {"name": name, "size": 0, "type": "directory"}

    def _entries(self, path: str) -> Iterator[dict[str, Any]]:
        file = self._locate(path, "storage.objects.list")
        if not file.exists():
            raise FileNotFoundError(f"gs://{path}")
        if not file.is_dir():
            yield _info(path, file)
            return
        for child in file.iterdir():
            if not child.is_symlink():
                yield _info(f"{path}/{child.name}", child)

    def _bucket(self, name: str) -> Path:
        row = self._store.get(BUCKET, name)
        folder = self._store.root / "buckets" / name
        if row is None or not row.ready or not folder.is_dir():
            raise FileNotFoundError(f"gs://{name}: there is no such bucket")
        return folder

    def _require(self, permission: str, path: str) -> None:
        bucket, _, name = path.partition("/")
        listing = permission == "storage.objects.list"  # is checked on the bucket, for every prefix
        resource = f"buckets/{bucket}" if listing or not name else f"buckets/{bucket}/objects/{name}"
        try:
            require(self._store, self._identity, permission, resource)
        except Denied as error:
            raise PermissionError(error.message) from error
        row = self._store.get(BUCKET, bucket)
        if permission == "storage.objects.delete" and row and retained(row.inputs, self._store.root / "buckets" / path):
            raise PermissionError(f"gs://{path} has to be kept: the bucket's retention has not passed")

    def _locate(self, path: str, permission: str) -> Path:
        """Return where an object lies, if the identity may do this with it; a path that leads elsewhere is refused."""
        name, *parts = path.split("/")
        if any(part in {"", ".", ".."} or "\0" in part for part in (name, *parts)):
            raise PermissionError(f"gs://{path} is not a valid name of an object")
        bucket = self._bucket(name)
        self._require(permission, path)
        file = bucket.joinpath(*parts)
        if file.resolve() != bucket.resolve().joinpath(*parts):
            raise PermissionError(f"gs://{path} leads out of its bucket through a link")
        return file


class _Discarded(Exception):
    """Discard the content that is being written."""


class _Upload(io.BufferedIOBase):
    """An object that is being written; closing it makes it appear, an error inside `with` discards it."""

    def __init__(self, placed: AbstractContextManager[BinaryIO]) -> None:
        self._placed = placed
        self._file = placed.__enter__()

    def writable(self) -> bool:
        """Return that it is written."""
        return True

    def write(self, data: Any) -> int:
        """Add to it."""
        return self._file.write(data)

    def tell(self) -> int:
        """Return how much was written."""
        return self._file.tell()

    def close(self) -> None:
        """Make it appear."""
        if not self.closed:
            super().close()
            self._placed.__exit__(None, None, None)

    def discard(self) -> None:
        """Keep the earlier object."""
        if not self.closed:
            super().close()
            with suppress(_Discarded):
                self._placed.__exit__(_Discarded, _Discarded(), None)

    def __exit__(self, *error: object) -> None:
        if error[0]:
            self.discard()
        self.close()


class _Text(io.TextIOWrapper):
    """Text on its way into an object; an error inside `with` discards it too."""

    def __exit__(self, *error: object) -> None:
        if error[0] and isinstance(self.buffer, _Upload):
            self.buffer.discard()
        else:
            self.close()


def _info(path: str, file: Path) -> dict[str, Any]:
    if file.is_dir():
        return {"name": path, "size": 0, "type": "directory"}
    state = file.stat()
    return {"name": path, "size": state.st_size, "type": "file", "mtime": state.st_mtime}
