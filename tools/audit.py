"""Scan the files for secrets, and the locked packages for known vulnerabilities. Run by `make check` and `make audit`.

detect-secrets scans the files, with the settings of `.secrets.baseline`: lower-case words with dashes are names, such as
Google's, and not secrets. pip-audit checks the packages against OSV (https://google.github.io/osv.dev/api/). If OSV is
unreachable, the audit reports this and does not fail, except with `--required`, which CI uses where it has a network.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import tomllib
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROGRAMS = Path(sys.executable).parent
OSV = "https://api.osv.dev/v1/query"
TIMEOUT = 5
"""Seconds within which a reachable service answers."""

EXCEPTIONS: Mapping[str, str] = {}
"""Ids of vulnerabilities that do not affect groundwork, each with the reason."""


def main() -> int:
    """Run both checks; return 1 if one of them fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--required", action="store_true", help="fail if the dependency audit cannot run")
    parser.add_argument("--osv-url", default=OSV)
    arguments = parser.parse_args()
    secrets = scan(ROOT)
    return max(secrets, audit(ROOT / "uv.lock", arguments.osv_url, required=arguments.required))


def scan(root: Path) -> int:
    """Return 1 if a tracked or untracked file may contain a secret, which detect-secrets prints; ignored files are skipped."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(listed, cwd=root, check=True, capture_output=True, text=True).stdout.split("\0")
    files = [name for name in names if name and (root / name).is_file()]
    command = [str(PROGRAMS / "detect-secrets-hook"), "--baseline", str(ROOT / ".secrets.baseline"), *files]
    failed = subprocess.run(command, cwd=root, check=False).returncode != 0
    say(f"secret scan: {len(files)} files, {'failed' if failed else 'nothing found'}")
    return 1 if failed else 0


def audit(lock: Path, osv: str, *, required: bool) -> int:
    """Return 1 if a locked package has a known vulnerability, which is printed, or if pip-audit skips a package or fails."""
    if problem := unreachable(osv):
        say(f"dependency audit: not run: {problem}; run `make audit` on a machine with a network")
        return 1 if required else 0
    packages = locked(lock)
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("".join(f"{name}=={version}\n" for name, version in packages))
        file.flush()
        options = ["--no-deps", "--disable-pip", "--progress-spinner", "off", "--vulnerability-service", "osv", "--osv-url", osv]
        ignored = [word for id_ in EXCEPTIONS for word in ("--ignore-vuln", id_)]
        command = [str(PROGRAMS / "pip-audit"), "--requirement", file.name, *options, *ignored, "--format", "json"]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
    return _report(done, len(packages))


def unreachable(osv: str) -> str:
    """Return the reason why the service is unreachable, or "" if it answers; a client error also counts as an answer."""
    request = urllib.request.Request(osv, data=b"{}", headers={"Content-Type": "application/json"})  # noqa: S310  https, or a test's
    try:
        urllib.request.urlopen(request, timeout=TIMEOUT).close()  # noqa: S310  as above
    except urllib.error.HTTPError as error:
        error.close()
        return f"{osv} answers {error.code}" if error.code >= 500 else ""  # noqa: PLR2004  the first code of server errors
    except OSError as error:
        return f"{osv} cannot be reached ({error})"
    return ""


def locked(lock: Path) -> list[tuple[str, str]]:
    """Return name and version of every locked package, except groundwork itself."""
    packages = tomllib.loads(lock.read_text())["package"]
    return sorted({(each["name"], each["version"]) for each in packages if "registry" in each["source"]})


def say(text: str) -> None:
    """Print a message for the person at the terminal."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201  a command prints


def _report(done: subprocess.CompletedProcess[str], requested: int) -> int:
    try:
        answers = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        say(f"{done.stderr}\ndependency audit: pip-audit failed with exit code {done.returncode}")
        return 1
    skipped = [f"{each['name']}: {each['skip_reason']}" for each in answers if "skip_reason" in each]
    vulnerable = [(each, vulnerability) for each in answers for vulnerability in each.get("vulns", ())]
    for each, vulnerability in vulnerable:
        versions = ", ".join(vulnerability["fix_versions"]) or "no version yet"
        say(f"{each['name']} {each['version']}: {vulnerability['id']}; fixed in {versions}")
    for line in skipped:
        say(f"not audited: {line}")
    counts = f"{len(answers)} of {requested} packages, {len(vulnerable)} known vulnerabilities, {len(skipped)} not audited"
    say(f"dependency audit: {counts}")
    return 1 if vulnerable or skipped or len(answers) != requested or done.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
