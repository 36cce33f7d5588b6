"""Connects a shell, a test or a command to the twin: its folder, the programs on its PATH, its variables.

Nothing here is on the PATH of a process that was not sent to the twin, so the engine cannot take the twin for Google by accident.
"""

from __future__ import annotations

import os
import secrets
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from groundwork.contract.variables import PLATFORM_VARIABLE, TWIN_VARIABLE
from groundwork.errors import GroundworkError
from groundwork.paths import state_url
from groundwork.project import checkout
from groundwork.twin.core import twin_lock
from groundwork.twin.core.store import Store

TEMPLATES = Path(__file__).parents[1] / "bin"
STORAGE = "groundwork.twin.storage.fsspec_entry_point:TwinStorage"

NO_PLACE = f"{os.devnull}/nowhere"
"""A path that cannot exist: programs make missing folders, as root anywhere except under a file."""
NOWHERE: Mapping[str, str] = {
    "CLOUDSDK_CONFIG": NO_PLACE,
    "GCE_METADATA_HOST": "127.0.0.1:9",
    "GCE_METADATA_IP": "127.0.0.1:9",
    "GOOGLE_APPLICATION_CREDENTIALS": NO_PLACE,
    "GOOGLE_CREDENTIALS": "",
    "GOOGLE_OAUTH_ACCESS_TOKEN": "",
    "STORAGE_EMULATOR_HOST": "http://127.0.0.1:9",
}
"""Variables that Google's clients and provider read to find Google, with values that lead nowhere."""
PARTS = ("buckets", "warehouse", "repositories", "logs", "workspaces", "outbox", "state", "projects")
"""Folders of every twin."""


def folder(start: Path | None = None) -> Path:
    """Return where the twin is or would be: as the environment says, else the nearest one upwards, else in the checkout."""
    if chosen := os.environ.get(TWIN_VARIABLE):
        return Path(chosen).resolve()
    here = (start or Path.cwd()).resolve()
    for parent in (here, *here.parents):
        if (parent / ".groundwork/twin/twin.sqlite").is_file():
            return parent / ".groundwork/twin"
    return checkout(here) / ".groundwork/twin"


def make(root: Path) -> Store:
    """Return the twin in a folder, made where it is not there yet; its programs are rewritten, so that a moved twin works again.

    Many processes may make the same one at once: each waits for the earlier ones.
    """
    store = Store(root)
    with store.lock("twin", "making"):
        for part in PARTS:
            (root / part).mkdir(exist_ok=True)
        _write_passphrase(root / "passphrase")
        _write_programs(root)
        _write_storage(root)
    return store


def variables(root: Path) -> dict[str, str]:
    """Return the variables that a process needs to work on the twin, by hand or under a command."""
    python = Path(sys.executable).parent
    return {
        **NOWHERE,
        PLATFORM_VARIABLE: f"twin:{root}",
        TWIN_VARIABLE: str(root),
        "PATH": _first([root / "bin", python], "PATH"),
        "PULUMI_BACKEND_URL": state_url(root / "state"),
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(root / "passphrase"),
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_HOME": str(root / "pulumi"),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PYTHONPATH": _first([root / "python"], "PYTHONPATH"),
    }


def _first(folders: Sequence[Path], variable: str) -> str:
    """Return a variable that lists folders, with these as its first."""
    first = [str(folder) for folder in folders]
    rest = [part for part in os.environ.get(variable, "").split(os.pathsep) if part and part not in first]
    return os.pathsep.join([*first, *rest])


def environment(root: Path) -> dict[str, str]:
    """Return a whole environment for a process on the twin: this one's, without another passphrase, and the twin's variables."""
    inherited = {key: value for key, value in os.environ.items() if key != "PULUMI_CONFIG_PASSPHRASE"}
    return {**inherited, **variables(root)}


def add_stacks(root: Path, project: Path) -> list[str]:
    """Create the stack of every environment file that has none yet; return all their names. Raises GroundworkError."""
    stacks = sorted(path.name.split(".")[1] for path in project.glob("Pulumi.*.yaml"))
    for stack in stacks:
        if not (root / f"state/.pulumi/stacks/groundwork/{stack}.json").exists():
            done = subprocess.run(
                ["pulumi", "stack", "init", stack, "--no-select", "--non-interactive"],
                cwd=project, env=environment(root), capture_output=True, text=True, check=False,
            )  # fmt: skip
            if done.returncode:
                raise GroundworkError(
                    "stack-creation-failed",
                    f"the stack `{stack}` could not be made: {done.stderr.strip()}",
                    "correct the error that Pulumi names",
                )
    return stacks


def _write_passphrase(file: Path) -> None:
    """Write the key of the twin's states once, whole: another one would not open them."""
    if not file.exists():
        written = file.with_name(f".{file.name}.new")
        with os.fdopen(os.open(written, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
            stream.write(secrets.token_urlsafe(24))
        written.replace(file)


def _write_programs(root: Path) -> None:
    """Write the programs of the twin's PATH; placeholders for paths in them become quoted words of the shell."""
    (root / "bin").mkdir(exist_ok=True)
    values = {"@PULUMI@": _pulumi(), "@PYTHON@": sys.executable, "@TWIN@": str(root), "@LOCK@": str(twin_lock.lock(root))}
    for template in TEMPLATES.iterdir():
        text = template.read_text()
        for name, value in values.items():
            text = text.replace(name, shlex.quote(value))
        written = root / "bin" / f".{template.name}.{os.getpid()}"
        written.write_text(text)
        written.chmod(0o755)
        written.replace(root / "bin" / template.name)


def _write_storage(root: Path) -> None:
    """Register the twin as `gs://` with fsspec in every Python of the twin's environment.

    It looks for entry points (https://filesystem-spec.readthedocs.io/en/latest/developer.html#implementing-a-backend), which
    Python finds in the description of a package.
    """
    described = root / "python/groundwork_twin_storage-1.dist-info"
    described.mkdir(parents=True, exist_ok=True)
    texts = {
        "METADATA": "Metadata-Version: 2.1\nName: groundwork-twin-storage\nVersion: 1\n",
        "entry_points.txt": "[fsspec.specs]\n" + "".join(f"{protocol} = {STORAGE}\n" for protocol in ("gs", "gcs")),
    }
    for name, text in texts.items():
        written = described / f".{name}.{os.getpid()}"
        written.write_text(text)
        written.replace(described / name)


def _pulumi() -> str:
    """Return the Pulumi CLI that `make setup` chose (the machine's own, or the one it built), else the one on the PATH."""
    chosen = Path(sys.executable).parent / "pulumi"
    found = str(chosen.resolve()) if chosen.exists() else shutil.which("pulumi")
    if not found:
        raise GroundworkError("pulumi-missing", "there is no Pulumi CLI", "run `make setup`")
    return found
