"""The development script, as far as it installs nothing."""

from __future__ import annotations

import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from support import fast_tier

SCRIPT = Path(__file__).resolve().parent.parent / "server" / "tools" / "dev.py"


@pytest.fixture
def dev() -> SimpleNamespace:
    """Return the functions of the script."""
    return SimpleNamespace(**runpy.run_path(str(SCRIPT), run_name="dev"))


def test_a_python_without_ensurepip_is_told_what_to_install(tmp_path: Path) -> None:
    script = tmp_path / "server" / "tools" / "dev.py"
    script.parent.mkdir(parents=True)
    shutil.copy(SCRIPT, script)
    (tmp_path / "pyproject.toml").touch()
    without = (
        "import runpy, sys; sys.modules['ensurepip'] = None; script = sys.argv.pop(1); "
        "runpy.run_path(script, run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", without, script, "tour"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "`sudo apt install python3-venv`" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / ".venv").exists()


@pytest.mark.parametrize(("arguments", "code"), [([], 2), (["tost"], 2), (["--help"], 0)])
def test_what_it_does_not_know_is_answered_with_what_it_does(
    dev: SimpleNamespace, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int
) -> None:
    assert dev.main(arguments) == code
    assert "dev.py tour" in capsys.readouterr().out


def test_tests_are_counted_as_pytest_reports_them(dev: SimpleNamespace, tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(
        '<testsuites><testsuite name="pytest" errors="1" failures="2" skipped="3" tests="10" '
        'time="4.2"><testcase name="a"/></testsuite></testsuites>'
    )
    assert dev.counted(report) == "4 passed, 3 failed, 3 skipped"


def test_an_installation_is_renewed_when_what_it_depends_on_changes(dev: SimpleNamespace) -> None:
    before = dev.fingerprint()
    assert before == dev.fingerprint()
    python = sys.version
    try:
        sys.version = "another Python"
        assert dev.fingerprint() != before
    finally:
        sys.version = python


@pytest.mark.parametrize(
    ("command", "refused"),
    [
        ([sys.executable, "-m", "ipykernel_launcher", "-f", "x.json"], ["ipykernel_launcher"]),
        (
            [sys.executable, "-m", "cellbridge.session.host", "--key", "k"],
            ["cellbridge.session.host"],
        ),
        (["/somewhere/bin/cellbridge", "lsp"], ["lsp"]),
        (["/somewhere/bin/nvim", "--headless"], ["nvim"]),
        ([sys.executable, "-m", "cellbridge", "run", "--help"], []),
        ([sys.executable, "-m", "cellbridge", "convert", "a.py"], []),
    ],
)
def test_the_fast_tier_starts_no_kernel_no_server_and_no_editor(
    command: list[str], refused: list[str]
) -> None:
    assert fast_tier.refused(command) == refused


def test_the_fast_tier_knows_the_files_that_it_leaves_out() -> None:
    assert all((fast_tier.TESTS / name).is_file() for name in fast_tier.LEFT_OUT)
