"""The detector of blocking calls reports those on the event loop, and no others."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.blocking import take, watched

PROGRAM = """\
import asyncio
from pathlib import Path
def wait():
    {call}
async def main():
    {how}
asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("call", "event"),
    [
        ("open(__file__).close()", "open"),
        ("list(Path('.').iterdir())", "os.listdir"),
        ("__import__('sqlite3').connect(':memory:').close()", "sqlite3.connect"),
        ("__import__('subprocess').run(['true'])", "subprocess.Popen"),
    ],
)
def test_a_blocking_call_on_the_loop_is_reported(tmp_path: Path, call: str, event: str) -> None:
    assert reported(tmp_path, call, "wait()")[0].startswith(f"{event}\nwait < main < ")
    assert reported(tmp_path, call, "await asyncio.to_thread(wait)") == []


def test_what_does_not_block_is_not_reported(tmp_path: Path) -> None:
    import_it = "import colorsys"
    assert reported(tmp_path, import_it, "wait()") == []
    start = "await (await asyncio.create_subprocess_exec('true')).wait()"
    assert reported(tmp_path, "pass", start) == []


def reported(folder: Path, call: str, how: str) -> list[str]:
    """Return the reports of a program of cellbridge's that does this."""
    package = folder / "cellbridge"
    package.mkdir(exist_ok=True)
    (package / "waits.py").write_text(PROGRAM.format(call=call, how=how))
    reports = folder / "reports"
    reports.mkdir(exist_ok=True)
    environment = {"CELLBRIDGE_TEST_BLOCKING": str(reports), "PYTHONPATH": str(package)}
    done = subprocess.run(
        watched("waits"), env={**os.environ, **environment}, cwd=folder, check=False
    )
    assert done.returncode == 0, sys.executable
    return take(reports)
