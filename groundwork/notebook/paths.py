"""Prepares the folder from which pushed code imports `pipelines`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def pushed_pipelines(workspace: Path, scratch: Path) -> Path:
    """Make and return a folder for PYTHONPATH that contains only the workspace's `pipelines`.

    The workspace itself would put the pushed `groundwork` before the platform's; leaving it out would let `import pipelines` find
    the platform's checkout. A plain folder on the path would be merged with that one, so `pipelines` becomes a package with one
    folder.
    """
    folder = scratch / "path"
    package = folder / "pipelines"
    package.mkdir(parents=True)
    source = workspace.resolve() / "pipelines"
    code = f'"""The pipelines of {workspace}."""\n\n__path__ = [{str(source)!r}]\n'
    own = source / "__init__.py"
    if own.is_file():
        code += (
            f"__file__ = {str(own)!r}\nwith open(__file__, 'rb') as source:\n    exec(compile(source.read(), __file__, 'exec'))\n"
        )
    (package / "__init__.py").write_text(code, encoding="utf-8")
    return folder
