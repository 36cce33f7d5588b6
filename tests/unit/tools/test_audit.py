"""What `make check` says of secrets and of packages with known holes: found is told, and not having looked is told, too."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.loopback import Handler, servers
from tools.audit import audit, locked, scan

ROOT = Path(__file__).parents[3]
LOCK = """
[[package]]
name = "jinja2"
version = "2.10"
source = { registry = "an index" }

[[package]]
name = "groundwork"
version = "0.1.0"
source = { editable = "." }
"""
HOLE = {
    "id": "PYSEC-2019-217",
    "summary": "The sandbox can be left",
    "modified": "2024-01-01T00:00:00Z",
    "affected": [
        {
            "package": {"name": "jinja2", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.10.1"}]}],
            "versions": ["2.10"],
        }
    ],
}


@pytest.fixture
def osv() -> Iterator[Callable[[int, dict[str, Any]], str]]:
    """Return a function that has OSV answer so, on this machine, and tells its address."""
    with servers() as start:

        def answering(status: int, answer: dict[str, Any]) -> str:
            class Advisories(Handler):
                def do_POST(self) -> None:  # noqa: N802  the library's name for it
                    asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                    body = json.dumps(answer if "package" in asked else {"message": "Invalid query."}).encode()
                    self.answer(status if "package" in asked or status >= 500 else 400, body, {})

            return f"{start(Advisories)}/v1/query"

        yield answering


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    file = tmp_path / "uv.lock"
    file.write_text(LOCK)
    return file


def test_a_hole_that_is_known_fails_with_the_release_that_mends_it(
    osv: Callable[..., str], lock: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit(lock, osv(200, {"vulns": [HOLE]}), required=False) == 1

    said = capsys.readouterr().err
    assert "jinja2 2.10: PYSEC-2019-217; mended in 2.10.1" in said
    assert "1 of 1 packages, 1 known holes" in said


def test_where_none_is_known_it_says_how_many_packages_were_asked_about(
    osv: Callable[..., str], lock: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit(lock, osv(200, {}), required=True) == 0
    assert "dependency audit: 1 of 1 packages, 0 known holes, 0 packages not audited" in capsys.readouterr().err


@pytest.mark.parametrize(("required", "code"), [(False, 0), (True, 1)])
def test_an_audit_that_could_not_be_made_says_so_and_fails_where_it_is_required(
    osv: Callable[..., str], lock: Path, capsys: pytest.CaptureFixture[str], code: int, *, required: bool
) -> None:
    busy, gone = osv(503, {}), "http://127.0.0.1:9/v1/query"

    assert [audit(lock, where, required=required) for where in (busy, gone)] == [code, code]
    first, second = capsys.readouterr().err.splitlines()
    assert f"dependency audit: not run: {busy} answers 503" in first
    assert f"dependency audit: not run: {gone} cannot be reached" in second


def test_an_audit_that_breaks_off_fails(osv: Callable[..., str], lock: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is not known of one package must not look like nothing known of all."""
    assert audit(lock, osv(404, {}), required=False) == 1
    assert "broke off" in capsys.readouterr().err


def test_every_package_of_the_lock_is_asked_about_but_our_own() -> None:
    asked = dict(locked(ROOT / "uv.lock"))

    assert {"pulumi", "pandas", "pip-audit"} < set(asked)
    assert "groundwork" not in asked


PLANTED = {
    "github.py": "X = '" + "ghp_" + "a1B2" * 9 + "'",
    "Pulumi.acme.yaml": "config:\n  password: " + "correct-Horse-" + "7attery",
    "Pulumi.beta.yaml": "config:\n  token_secret: " + "gho_" + "a1B2" * 9,
    "key.json": '{"private_key": "-----BEGIN ' + 'PRIVATE KEY-----"}',
    "aws.txt": "AKIA" + "IOSFODNN7" + "EXAMPLQ",
    "gitlab.sh": "export X=" + "glpat-" + "a1B2c3D4e5" * 2,
    "slack.md": "xoxb-" + "123456789012-" + "a1B2c3D4e5F6",
    "stripe.txt": "sk_live_" + "a1B2c3D4e5F6" * 2,
    "url.txt": "https://ada:" + "s3cr3tPass" + "@northwind.example/x.git",
}
"""A secret of each kind, in two pieces: this file is looked at, too."""


def test_a_secret_is_found_before_it_is_committed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Each kind, as what is taken for a name could hide one: of tokens of GitHub's and GitLab's the first letters alone count."""
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    (tmp_path / "right.py").write_text("SECRET = 'github-token'\n")
    assert scan(tmp_path) == 0

    for file, text in PLANTED.items():
        (tmp_path / file).write_text(text + "\n")

    assert scan(tmp_path) == 1
    shown = capfd.readouterr()
    assert [] == [file for file in PLANTED if f"{file}:" not in shown.out + shown.err]


def test_no_secret_is_known_and_let_pass() -> None:
    """The file says what is looked for; what it would let pass by its place nobody would look at again."""
    assert json.loads((ROOT / ".secrets.baseline").read_text())["results"] == {}
