"""A file that is made of another is as private as that one; an existing one keeps its own."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cellbridge.cli.outputs import export as outputs_export
from cellbridge.cli.run import executed_notebook, report
from cellbridge.cli.run.notebook_source import read
from cellbridge.core.output.outputs import Stream
from cellbridge.notebooks import atomic_files, file_conversion, ipynb, sync
from support.second_user import as_other, needs_second_user, shared_folder

HEADER = "# ---\n# jupyter:\n#   jupytext:\n#     formats: {}\n# ---\n\n# %%\nx = 1\n"
EMPTY = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


GIVEN = [(0o600, 0o600), (0o640, 0o640), (0o644, 0o644), (0o755, 0o644), (0o444, 0o644)]
"""A source's permissions, and those of what is made of it under the usual umask."""


@pytest.fixture(params=GIVEN)
def modes(request: pytest.FixtureRequest) -> Iterator[tuple[int, int]]:
    before = os.umask(0o022)
    yield request.param
    os.umask(before)


def test_what_is_made_is_as_private_as_its_source(tmp_path: Path, modes: tuple[int, int]) -> None:
    given, expected = modes
    script = tmp_path / "a.py"
    script.write_text(HEADER.format("nb//ipynb,py:percent"))
    script.chmod(given)
    notebook = sync.sync(script).notebook
    assert mode(notebook) == expected
    assert mode(notebook.parent) == {0o600: 0o700, 0o640: 0o750}.get(expected, 0o755)
    notebook.chmod(given)
    script.unlink()
    # The folder of the notebook names the script's, which it does not know without its header.
    file_conversion.convert_file(notebook, tmp_path / "nb" / "b.py")
    assert mode(tmp_path / "nb" / "b.py") == expected
    (kept,) = tmp_path.glob("nb/.b.py.kept.ipynb")
    assert mode(kept) == expected


def test_a_script_made_of_a_notebook_and_an_executed_one(
    tmp_path: Path, modes: tuple[int, int]
) -> None:
    given, expected = modes
    notebook = tmp_path / "a.ipynb"
    notebook.write_text(EMPTY)
    notebook.chmod(given)
    assert mode(sync.sync(notebook).script) == expected
    source = read(notebook)
    made: dict[str, Any] = ipynb.read(notebook.read_bytes(), "a").notebook
    executed_notebook.write(tmp_path / "out.ipynb", made, source)
    assert mode(tmp_path / "out.ipynb") == expected
    outputs_export._write_outputs(tmp_path / "files", [Stream("stdout", "text", 4, 0)], notebook)
    assert mode(tmp_path / "files" / "1-stdout.txt") == expected
    public = tmp_path / "public.py"
    public.touch(0o644)
    outcomes = [report.Outcome(str(public), 0), report.Outcome(str(notebook), 0)]
    report.write(tmp_path / "report.json", outcomes)
    assert mode(tmp_path / "report.json") == expected


def test_a_file_that_is_there_keeps_its_permissions_and_group(tmp_path: Path) -> None:
    script = tmp_path / "a.py"
    script.write_text("# %%\nx = 1\n")
    notebook = sync.sync(script).notebook
    script.chmod(0o600)
    notebook.chmod(0o664)
    if os.getuid() == 0:
        os.chown(notebook, 61234, 61235)
    owner = notebook.stat()
    script.write_text("# %%\nx = 2\n")
    sync.sync(script)
    found = notebook.stat()
    assert "x = 2" in notebook.read_text()
    assert (mode(notebook), found.st_uid, found.st_gid) == (0o664, owner.st_uid, owner.st_gid)


@needs_second_user
def test_a_group_that_cannot_be_kept_gets_no_more_than_all_others() -> None:
    """The second user's own group may not read more than the kept group allows."""
    with shared_folder() as shared:
        (shared / "a.py").write_text("# %%\n1\n")
        (shared / "a.py").chmod(0o666)
        os.chown(shared / "a.py", -1, 61235)
        assert as_other(_written_like, str(shared / "made"), str(shared / "a.py")) == 0o644
        (shared / "a.py").chmod(0o640)
        assert as_other(_written_like, str(shared / "made-2"), str(shared / "a.py")) == 0o600


def _written_like(path: str, source: str) -> int:
    os.umask(0o022)
    atomic_files.write(Path(path), b"x", like=[Path(source)])
    return mode(Path(path))


@needs_second_user
def test_another_user_cannot_read_the_notebook_of_a_private_script() -> None:
    with shared_folder() as shared:
        script = shared / "a.py"
        script.write_text("# %%\nsecret = 1\n")
        script.chmod(0o600)
        notebook = sync.sync(script).notebook
        with pytest.raises(AssertionError, match="PermissionError"):
            as_other(_text, str(notebook))
        notebook.chmod(0o644)
        assert "secret" in as_other(_text, str(notebook)), "the folder itself is no obstacle"


def _text(path: str) -> str:
    return Path(path).read_text()
