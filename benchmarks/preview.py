"""Cost of a preview of dev, compared with a bare program of the same resources, without components, policy and validation.

The bare program is generated from the state of dev and has the same state, so both previews find no changes.
"""

from __future__ import annotations

import inspect
import json
import re
import statistics
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from typing import Any

import pulumi_gcp

from benchmarks.measure import Line, once
from groundwork.cli.demo.parts import Stage
from groundwork.twin.core import shell

ROOT = Path(__file__).parents[1]
STACK, BARE = "dev", "bare"
TIMES = 7
ROOT_TYPE = "pulumi:pulumi:Stack"
PROVIDER = "pulumi:providers:gcp"

Resource = Mapping[str, Any]


def measure() -> Iterator[Line]:
    """Yield the medians of several ratios, each of two consecutive previews: of their elapsed time, and of their CPU time.

    The CPU time does not depend on the machine's other work.
    """
    with tempfile.TemporaryDirectory() as folder:
        root, bare = Path(folder) / "twin", Path(folder) / "bare"
        stage = Stage(root, ROOT)
        _ = stage.repository
        stage.up(STACK)
        _write_bare_program(root, bare)
        for checkout, stack in ((ROOT, STACK), (bare, BARE)):
            _preview(root, checkout, stack)  # the first preview also compiles the imported modules
        pairs = [(_cost(root, ROOT, STACK), _cost(root, bare, BARE)) for _ in range(TIMES)]
        for part, name in enumerate(("preview of dev", "preview of dev, CPU time")):
            ratio = statistics.median(whole[part] / bare_cost[part] for whole, bare_cost in pairs)
            reference = statistics.median(bare_cost[part] for _, bare_cost in pairs)
            yield Line(name, ratio * reference, "the bare program's", reference, "must be at most 1.25 x")


def _cost(root: Path, folder: Path, stack: str) -> tuple[float, float]:
    """Return the elapsed seconds and the CPU seconds of a preview."""
    before = getrusage(RUSAGE_CHILDREN)
    seconds = once(lambda: _preview(root, folder, stack))
    after = getrusage(RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _preview(root: Path, folder: Path, stack: str) -> None:
    _pulumi(root, folder, "preview", "--stack", stack, "--expect-no-changes")


def _pulumi(root: Path, folder: Path, *words: str, text: str | None = None) -> str:
    done = subprocess.run(
        ["pulumi", *words, "--non-interactive"],
        cwd=folder,
        env=shell.environment(root),
        input=text,
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"pulumi {' '.join(words)}: {done.stdout}{done.stderr}")
    return done.stdout


def _write_bare_program(root: Path, folder: Path) -> None:
    """Write the bare program, and import the state that its `up` would have written."""
    folder.mkdir()
    state = json.loads(_pulumi(root, ROOT, "stack", "export", "--stack", STACK, "--show-secrets"))
    kept = [each for each in state["deployment"]["resources"] if each["type"].startswith("gcp:")]
    (folder / "Pulumi.yaml").write_text(f"name: {BARE}\nruntime: python\n")
    project = next(each["inputs"]["project"] for each in kept if "project" in each["inputs"])
    (folder / f"Pulumi.{BARE}.yaml").write_text(f"config:\n  gcp:project: {project}\n")
    (folder / "__main__.py").write_text(program(kept))
    _pulumi(root, folder, "stack", "init", BARE)
    around = [each for each in state["deployment"]["resources"] if each["type"] in {ROOT_TYPE, PROVIDER}]
    state["deployment"]["resources"] = [_detached(each) for each in (*around, *kept)]
    _pulumi(root, folder, "stack", "import", "--stack", BARE, "--force", text=json.dumps(state))


def program(resources: Iterable[Resource]) -> str:
    """Return a program that registers the resources of a state with their inputs and without dependencies."""
    calls = []
    for each in resources:
        _, path, kind = each["type"].split(":")
        module = path.partition("/")[0]
        taken = inspect.signature(getattr(getattr(pulumi_gcp, module), kind)._internal_init).parameters  # noqa: SLF001  the class has no other signature
        inputs = {name: value for key, value in each["inputs"].items() if (name := snake(key)) in taken}
        calls.append(f"gcp.{module}.{kind}({_name(each)!r}, **{inputs!r})")
    return "import pulumi_gcp as gcp\n\n" + "\n".join(calls) + "\n"


def snake(name: str) -> str:
    """Return a property's name in the spelling of the Python SDK."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def _name(resource: Resource) -> str:
    return str(resource["urn"]).rpartition("::")[2]


def _detached(resource: Resource) -> dict[str, Any]:
    """Return a resource of the state for the bare stack: without parent, dependencies and protection."""
    dropped = {"parent", "dependencies", "propertyDependencies", "protect", "resourceHooks", "aliases"}
    kept = {name: value for name, value in resource.items() if name not in dropped}
    top = f"urn:pulumi:{BARE}::{BARE}::"
    parent = {} if resource["type"] in {ROOT_TYPE, PROVIDER} else {"parent": f"{top}{ROOT_TYPE}::{BARE}-{BARE}"}
    name = f"{BARE}-{BARE}" if resource["type"] == ROOT_TYPE else _name(resource)
    provider = re.sub("^urn:pulumi:[^:]+::[^:]+::", top, resource.get("provider", ""))
    return {**kept, **parent, "urn": f"{top}{resource['type']}::{name}", **({"provider": provider} if provider else {})}
