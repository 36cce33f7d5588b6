"""Imports and compiles the pushed `pipeline.py` in a separate process."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from groundwork.checks.processes import run_python
from groundwork.errors import GroundworkError

if TYPE_CHECKING:
    from pathlib import Path

_SECONDS = 120.0
_MOST = 20_000_000

_COMPILE = """
import importlib, sys
from kfp import compiler
from kfp.dsl.graph_component import GraphComponent

name, target = sys.argv[1:]
module = importlib.import_module(f"pipelines.{name}.pipeline")
found = {key: value for key, value in vars(module).items() if isinstance(value, GraphComponent)}
chosen = found.get(name) or (list(found.values())[0] if len(found) == 1 else None)
if chosen is None:
    sys.exit(f"pipeline.py has no `@dsl.pipeline` called {name}; it has {', '.join(sorted(found)) or 'none'}")
compiler.Compiler().compile(chosen, target)
"""


@dataclass(frozen=True, kw_only=True)
class Compiled:
    """A pipeline as KFP runs it."""

    text: bytes
    digest: str
    """SHA-256 of the text, in hexadecimal."""


def compile_pipeline(pipeline: str, *, path: Path, scratch: Path) -> Compiled:
    """Return the compiled pipeline: the one in `pipeline.py` with the name of its folder, or the only one.

    `path` is the folder in which Python finds the pushed `pipelines`. Raises GroundworkError.
    """
    target = scratch / "compiled.yaml"
    done = run_python(["-c", _COMPILE, pipeline, str(target)], path=path, scratch=scratch, seconds=_SECONDS)
    if done.code is None:
        raise GroundworkError(
            "pipeline-timeout",
            f"pipeline.py did not compile in {_SECONDS:.0f} s",
            "move slow imports and reads out of the top level of its modules",
        )
    if done.code or not target.is_file() or target.is_symlink() or not 0 < target.stat().st_size < _MOST:
        raise GroundworkError(
            "pipeline-invalid",
            f"pipeline.py does not compile:\n{done.tail}",
            f"import it with: python -c 'import pipelines.{pipeline}.pipeline'",
        )
    text = target.read_bytes()
    return Compiled(text=text, digest=hashlib.sha256(text).hexdigest())
