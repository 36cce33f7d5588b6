"""`tools/setup.sh` on machines that are not like ours; uv and Pulumi are stand-ins that say how they were called."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

TOOLS = Path(__file__).parents[3] / "tools"
UV = """#!/bin/sh
mkdir -p .venv/bin
env > .venv/said
printf '#!/bin/sh\\nexit %s\\n' "${PYTHON_ENDS_WITH-0}" > .venv/bin/python
chmod +x .venv/bin/python
"""


class Machine:
    """A checkout, and the programs that are installed."""

    def __init__(self, root: Path, name: str = "check out") -> None:
        self.checkout, self.bin = root / name, root / "bin"
        shutil.copytree(TOOLS, self.checkout / "tools")
        self.bin.mkdir()
        self.install("uv", UV)

    def install(self, name: str, text: str, folder: str = "") -> Path:
        program = self.bin / folder / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(text)
        program.chmod(0o755)
        return program

    def set_up(self, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": f"{self.bin}:/usr/bin:/bin", "HOME": str(self.bin.parent / "person"), **variables}
        return subprocess.run(
            [self.checkout / "tools/setup.sh"], env=environment, capture_output=True, text=True, check=False, cwd=self.bin
        )

    def linked(self, name: str) -> Path:
        return (self.checkout / ".venv/bin" / name).readlink()


def version(number: str) -> str:
    return f"#!/bin/sh\necho {number}\n"


def test_a_machine_s_own_newer_pulumi_is_taken(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    pulumi = machine.install("pulumi", version("v3.276.0"))
    machine.install("pulumi-language-python", "#!/bin/sh\n")

    done = machine.set_up()

    assert (0, "") == (done.returncode, done.stdout), done.stderr
    assert pulumi == machine.linked("pulumi")
    assert not (machine.checkout / ".venv/bin/pulumi-language-python").exists()


def test_one_without_a_host_for_python_programs_gets_ours(tmp_path: Path) -> None:
    """As one has it that was built from its module: every `up` would fail with `no language plugin`."""
    machine = Machine(tmp_path)
    real = machine.install("pulumi", version("v3.276.0"), "elsewhere")
    (machine.bin / "pulumi").symlink_to(real)

    assert 0 == machine.set_up().returncode
    for name in ("pulumi-language-python", "language_host.py"):
        assert machine.checkout / "tools" / name == machine.linked(name)


def test_an_older_one_is_not_taken(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.install("pulumi", version("v3.100.0"))

    done = machine.set_up()

    assert 1 == done.returncode
    assert "(pulumi-missing)" in done.stderr


def test_a_slow_machine_has_the_time_that_it_needs(tmp_path: Path) -> None:
    """uv gives a Python a minute to start, which a busy machine needs more than."""
    machine = Machine(tmp_path)
    machine.set_up()

    assert "UV_COMPILE_BYTECODE_TIMEOUT=0" in (machine.checkout / ".venv/said").read_text().splitlines()


def test_a_locale_that_cannot_read_the_path_is_told(tmp_path: Path) -> None:
    done = Machine(tmp_path).set_up(PYTHON_ENDS_WITH="1", LC_ALL="C")

    assert 1 == done.returncode
    assert "with LC_ALL=C" in done.stderr
    assert "(locale-invalid)" in done.stderr
    assert "hint: export LC_ALL=C.UTF-8" in done.stderr


def test_a_path_that_no_path_variable_can_hold_is_told(tmp_path: Path) -> None:
    done = Machine(tmp_path, "a:b").set_up()

    assert 1 == done.returncode
    assert "(path-invalid)" in done.stderr
