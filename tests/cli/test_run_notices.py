"""``cellbridge run`` prints each notice about its session once, before outputs."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from cellbridge.session import locations
from cellbridge.session.store.store import Store
from support import exposed_kernel
from support.command import Done, cellbridge

SCRIPT = "# %%\nprint('first')\n# %%\nprint('second')\n"


def run(script: Path, *options: str | Path) -> Done:
    return cellbridge("run", script.name, *options, cwd=script.parent)


@pytest.mark.parametrize("files", [1, 2])
def test_an_exposed_kernel_is_reported_once_by_one_command(
    files: int, tmp_path: Path, kernelspecs: Path
) -> None:
    name = exposed_kernel.register(kernelspecs)
    scripts = [tmp_path / f"{letter}.py" for letter in "ab"[:files]]
    for script in scripts:
        script.write_text(SCRIPT)
    done = run(scripts[0], *scripts[1:], "--kernel", name)
    assert done.code == 0, done
    assert done.out == ("first\nsecond\n" if files == 1 else "")
    assert done.err.splitlines().count(exposed_kernel.NOTICE) == 1
    assert files == 2 or done.err == exposed_kernel.NOTICE + "\n"


def test_outputs_that_are_not_stored_are_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Its escape sequence is for a terminal to show, not to obey.
    data = tmp_path / "da\x1b[31mta"
    monkeypatch.setenv("CELLBRIDGE_DATA_DIR", str(data))
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    store = data / "sessions" / f"run-{locations.of_script(script).key}" / "session.sqlite"
    store.parent.mkdir(parents=True, mode=0o700)
    Store.open(store).close()
    with contextlib.closing(sqlite3.connect(store)) as later:
        later.execute("pragma user_version = 99")
    done = run(script, "--resume")
    assert (done.code, done.out) == (0, "first\nsecond\n")
    (said,) = done.err.splitlines()
    assert "newer version of Cellbridge" in said
    assert "\x1b" not in said
