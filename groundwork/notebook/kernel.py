"""A Jupyter kernel with the pushed pipelines and the platform's own code; it ignores the kernel that the notebook names."""

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
    """Starts the present Python, with these variables added to the environment."""

    variables: ClassVar[dict[str, str]] = {}

    @property
    def kernel_spec(self) -> KernelSpec:
        """Return the present Python; Jupyter would search for installed kernels."""
        return KernelSpec(
            # The level suppresses a warning about TCP in every log: the kernel listens on loopback only.
            argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", "--IPKernelApp.log_level=40"],
            display_name="Python 3",
            language="python",
            env=self.variables,
        )


def kernel_for(workspace: Path, scratch: Path, *, execution: str) -> type[Kernel]:
    """Return a kernel manager for notebooks of a workspace; `scratch` is an empty folder that exists longer than the kernel."""
    variables = {
        "PYTHONPATH": str(pushed_pipelines(workspace, scratch)),
        "PYTHONSAFEPATH": "1",  # child processes of the kernel do not import from their current folder
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # prevents a warning about frozen modules in each kernel
        "IPYTHONDIR": str(scratch / "ipython"),  # no personal start-up files
        "JUPYTER_CONFIG_DIR": str(scratch / "jupyter"),
        BUILD_VARIABLE: execution,
    }
    return type("WorkspaceKernel", (Kernel,), {"variables": variables})
