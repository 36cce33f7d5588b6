"""Where fsspec's errors become those of a port."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from groundwork.ports.errors import Absent, Conflict, Denied, Unavailable


@contextmanager
def at_the_edge(url: str, *, keep: type[OSError] | tuple[type[OSError], ...] = ()) -> Iterator[None]:
    """Raise what a port would for what happens to an object; `keep` comes through as it is."""
    try:
        yield
    except keep:
        raise
    except FileNotFoundError as error:
        raise Absent(
            f"there is no {url}: {error}", "look at who should have written it; buckets come with `pulumi up`"
        ) from error
    except FileExistsError as error:
        raise Conflict(f"{url} is there already", "look at who wrote it") from error
    except PermissionError as error:
        raise Denied(f"{url}: {error}", "have the program grant it, and run `pulumi up`") from error
    except OSError as error:
        raise Unavailable(f"{url}: {error}", "try again later") from error
