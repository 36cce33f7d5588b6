"""Translates fsspec's errors to the errors of a port."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from groundwork.ports.errors import Absent, Conflict, Denied, Unavailable


@contextmanager
def port_errors(url: str, *, keep: type[OSError] | tuple[type[OSError], ...] = ()) -> Iterator[None]:
    """Raise the port error that corresponds to an error of fsspec; errors of the types in `keep` pass unchanged."""
    try:
        yield
    except keep:
        raise
    except FileNotFoundError as error:
        raise Absent(
            f"there is no {url}: {error}", "check that the step that writes it has run; `pulumi up` creates the buckets"
        ) from error
    except FileExistsError as error:
        raise Conflict(f"{url} already exists", "find the process that wrote it, and choose another name") from error
    except PermissionError as error:
        raise Denied(f"{url}: {error}", "grant it in the program, and run `pulumi up`") from error
    except OSError as error:
        raise Unavailable(f"{url}: {error}", "try again later") from error
