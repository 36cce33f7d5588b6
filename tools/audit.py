"""Look for secrets in the files, and for packages of the lock in which a hole is known. Run by `make check` and `make audit`.

Both are the field's own programs: detect-secrets, as `.secrets.baseline` sets it up (lower-case words with dashes are taken for
names, as Google's are, and not for secrets), and pip-audit, which asks OSV (https://google.github.io/osv.dev/api/). Where OSV
cannot be reached, nothing is known of the packages: that is said, and is no failure unless `--required`, as it is in CI with a
network.
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
TOLD = 5
"""Seconds to answer in, to count as reachable."""

EXCEPTIONS: Mapping[str, str] = {}
"""Holes that do not reach us, by their id, each with the reason."""


def main() -> int:
    """Do both; 1 where one of them found something."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--required", action="store_true", help="fail where the audit of dependencies cannot be run")
    parser.add_argument("--osv-url", default=OSV)
    given = parser.parse_args()
    secrets = scan(ROOT)
    return max(secrets, audit(ROOT / "uv.lock", given.osv_url, required=given.required))


def scan(root: Path) -> int:
    """Return 1 where a file that git knows, or would take, holds what looks like a secret; detect-secrets says which."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(listed, cwd=root, check=True, capture_output=True, text=True).stdout.split("\0")
    files = [name for name in names if name and (root / name).is_file()]
    command = [str(PROGRAMS / "detect-secrets-hook"), "--baseline", str(ROOT / ".secrets.baseline"), *files]
    found = subprocess.run(command, cwd=root, check=False).returncode
    say(f"secret scan: {len(files)} files, {'see above' if found else 'nothing found'}")
    return 1 if found else 0


def audit(lock: Path, osv: str, *, required: bool) -> int:
    """Return 1 where a hole is known in a package of the lock; pip-audit says which."""
    if silent := unreachable(osv):
        say(f"dependency audit: not run: {silent}; `make audit` where there is a network")
        return 1 if required else 0
    packages = locked(lock)
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("".join(f"{name}=={version}\n" for name, version in packages))
        file.flush()
        options = ["--no-deps", "--disable-pip", "--progress-spinner", "off", "--vulnerability-service", "osv", "--osv-url", osv]
        ignored = [word for hole in EXCEPTIONS for word in ("--ignore-vuln", hole)]
        asked = [str(PROGRAMS / "pip-audit"), "--requirement", file.name, *options, *ignored, "--format", "json"]
        done = subprocess.run(asked, check=False, capture_output=True, text=True)
    return _told(done, len(packages))


def unreachable(osv: str) -> str:
    """Return why the service gives no answer, "" where it does: any that is no fault of its own."""
    request = urllib.request.Request(osv, data=b"{}", headers={"Content-Type": "application/json"})  # noqa: S310  https, or a test's
    try:
        urllib.request.urlopen(request, timeout=TOLD).close()  # noqa: S310  as above
    except urllib.error.HTTPError as error:
        error.close()
        return f"{osv} answers {error.code}" if error.code >= 500 else ""  # noqa: PLR2004  where a server's faults begin
    except OSError as error:
        return f"{osv} cannot be reached ({error})"
    return ""


def locked(lock: Path) -> list[tuple[str, str]]:
    """Return name and version of every package of the lock but our own."""
    packages = tomllib.loads(lock.read_text())["package"]
    return sorted({(each["name"], each["version"]) for each in packages if "registry" in each["source"]})


def say(text: str) -> None:
    """Tell the person at the keyboard."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201  a command speaks


def _told(done: subprocess.CompletedProcess[str], asked: int) -> int:
    try:
        answers = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        say(f"{done.stderr}\ndependency audit: pip-audit broke off (see above)")
        return 1
    skipped = [f"{each['name']}: {each['skip_reason']}" for each in answers if "skip_reason" in each]
    holes = [(each, hole) for each in answers for hole in each.get("vulns", ())]
    for each, hole in holes:
        say(f"{each['name']} {each['version']}: {hole['id']}; mended in {', '.join(hole['fix_versions']) or 'no version yet'}")
    for line in skipped:
        say(f"not audited: {line}")
    say(f"dependency audit: {len(answers)} of {asked} packages, {len(holes)} known holes, {len(skipped)} packages not audited")
    return 1 if holes or skipped or len(answers) != asked or done.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
