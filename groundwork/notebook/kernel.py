"""A Jupyter kernel that sees the pushed pipelines and the platform's own code, whatever the notebook says of kernels."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, ClassVar

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager

from groundwork.contract.variables import BUILD_VARIABLE
from groundwork.notebook.paths import pushed_pipelines

if TYPE_CHECKING:
    from pathlib import Path


class Kernel(AsyncKernelManager):
    """Starts this very Python, with these variables added to the environment."""

    variables: ClassVar[dict[str, str]] = {}

    @property
    def kernel_spec(self) -> KernelSpec:
        """Jupyter would look for installed ones; there is exactly one right answer here."""
        return KernelSpec(
            # The level keeps a warning out of every log, that the kernel is reached over TCP: it is, on loopback alone.
            argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", "--IPKernelApp.log_level=40"],
            display_name="Python 3",
            language="python",
            env=self.variables,
        )


def kernel_for(workspace: Path, scratch: Path, *, execution: str) -> type[Kernel]:
    """Return a kernel manager for notebooks of a workspace; `scratch` is an empty folder that outlives the kernel."""
    variables = {
        "PYTHONPATH": str(pushed_pipelines(workspace, scratch)),
        "PYTHONSAFEPATH": "1",  # programs that the kernel starts do not import from the folder they happen to run in
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # else each kernel warns of frozen modules
        "IPYTHONDIR": str(scratch / "ipython"),  # no start-up files of a person's own
        "JUPYTER_CONFIG_DIR": str(scratch / "jupyter"),
        BUILD_VARIABLE: execution,
    }
    return type("WorkspaceKernel", (Kernel,), {"variables": variables})
