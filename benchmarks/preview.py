"""What previewing dev costs beside a bare program of the same resources: no components, no policy, no file that is checked.

The bare program is written from the state of dev, and its own state is dev's, so that both previews find nothing to do.
"""

from __future__ import annotations

import inspect
import json
import re
import resource
import statistics
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
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
    """Yield the medians of several ratios, each of two previews one right after the other: of their time, and of their work.

    The work is what the processor did for them, and is the same whatever else the machine does meanwhile.
    """
    with tempfile.TemporaryDirectory() as folder:
        root, bare = Path(folder) / "twin", Path(folder) / "bare"
        stage = Stage(root, ROOT)
        _ = stage.repository
        stage.up(STACK)
        _lay_beside(root, bare)
        for checkout, stack in ((ROOT, STACK), (bare, BARE)):
            _preview(root, checkout, stack)  # the first one compiles what it imports
        pairs = [(_cost(root, ROOT, STACK), _cost(root, bare, BARE)) for _ in range(TIMES)]
        for part, what in enumerate(("preview of dev", "preview of dev, the processor's work")):
            ratio = statistics.median(whole[part] / alone[part] for whole, alone in pairs)
            alone = statistics.median(alone[part] for _, alone in pairs)
            yield Line(what, ratio * alone, "the bare program's", alone, "must be at most 1.25 x")


def _cost(root: Path, folder: Path, stack: str) -> tuple[float, float]:
    """Return the seconds that a preview took, and those that the processor worked for it."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = once(lambda: _preview(root, folder, stack))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
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


def _lay_beside(root: Path, folder: Path) -> None:
    """Write the bare program, and import what it would have made."""
    folder.mkdir()
    state = json.loads(_pulumi(root, ROOT, "stack", "export", "--stack", STACK, "--show-secrets"))
    kept = [each for each in state["deployment"]["resources"] if each["type"].startswith("gcp:")]
    (folder / "Pulumi.yaml").write_text(f"name: {BARE}\nruntime: python\n")
    project = next(each["inputs"]["project"] for each in kept if "project" in each["inputs"])
    (folder / f"Pulumi.{BARE}.yaml").write_text(f"config:\n  gcp:project: {project}\n")
    (folder / "__main__.py").write_text(program(kept))
    _pulumi(root, folder, "stack", "init", BARE)
    around = [each for each in state["deployment"]["resources"] if each["type"] in {ROOT_TYPE, PROVIDER}]
    state["deployment"]["resources"] = [_alone(each) for each in (*around, *kept)]
    _pulumi(root, folder, "stack", "import", "--stack", BARE, "--force", text=json.dumps(state))


def program(resources: Iterable[Resource]) -> str:
    """Return a program that registers what is in a state: types and inputs, and nothing that waits for anything."""
    calls = []
    for each in resources:
        _, path, kind = each["type"].split(":")
        module = path.partition("/")[0]
        taken = inspect.signature(getattr(getattr(pulumi_gcp, module), kind)._internal_init).parameters  # noqa: SLF001  the class itself tells nothing
        given = {name: value for key, value in each["inputs"].items() if (name := snake(key)) in taken}
        calls.append(f"gcp.{module}.{kind}({_name(each)!r}, **{given!r})")
    return "import pulumi_gcp as gcp\n\n" + "\n".join(calls) + "\n"


def snake(name: str) -> str:
    """Return a property's name as Python's SDK spells it."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def _name(made: Resource) -> str:
    return str(made["urn"]).rpartition("::")[2]


def _alone(made: Resource) -> dict[str, Any]:
    """Return a resource of the state as one of the bare stack's: below nothing, after nothing, protected by nothing."""
    dropped = {"parent", "dependencies", "propertyDependencies", "protect", "resourceHooks", "aliases"}
    kept = {name: value for name, value in made.items() if name not in dropped}
    top = f"urn:pulumi:{BARE}::{BARE}::"
    parent = {} if made["type"] in {ROOT_TYPE, PROVIDER} else {"parent": f"{top}{ROOT_TYPE}::{BARE}-{BARE}"}
    name = f"{BARE}-{BARE}" if made["type"] == ROOT_TYPE else _name(made)
    provider = re.sub("^urn:pulumi:[^:]+::[^:]+::", top, made.get("provider", ""))
    return {**kept, **parent, "urn": f"{top}{made['type']}::{name}", **({"provider": provider} if provider else {})}
