"""Files that cannot be converted, and files that must not change: as the user meets them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cellbridge.notebooks import atomic_files, file_conversion, ipynb, script_files
from cellbridge.notebooks.atomic_files import FileVersion
from cellbridge.notebooks.errors import FileError

CELL = {"cell_type": "code", "execution_count": None, "id": "a", "metadata": {}, "outputs": []}
GOOD: dict[str, Any] = {
    "cells": [{**CELL, "source": ["x = 1\n", "y"]}, {**CELL, "id": "b", "source": "total = z"}],
    "metadata": {},
    "nbformat": 4,
    "nbformat_minor": 5,
}


def convert(*arguments: str, cwd: Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "cellbridge", "convert", *arguments],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        check=False,
    )


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def bad(**changes: Any) -> bytes:
    return json.dumps({**GOOD, **changes}).encode()


BAD = [
    (json.dumps(GOOD, indent=1).encode()[:200], "a.ipynb is not valid JSON on line 16"),
    (b"", "a.ipynb is not a notebook: it is empty."),
    (b"[1]", "a.ipynb is not a notebook: its JSON is not an object."),
    (b"{}", "a.ipynb is not a notebook: it is JSON without a number nbformat."),
    (b"\xff\xfe", "a.ipynb is not a notebook: byte 0 is not UTF-8."),
    (b'{"cells": [}', "a.ipynb is not valid JSON on line 1, column 12: expecting value."),
    (bad(nbformat=5), "a.ipynb is a notebook of version 5; this cellbridge reads up to version 4."),
    (bad(cells={}), "a.ipynb is not a valid notebook: it has no list of cells."),
    (bad(cells=[1]), "a.ipynb is not a valid notebook: cell 1 is not an object."),
    (bad(cells=[{**CELL, "source": {}}]), "cell 1 has a source that is not text."),
    (bad(cells=[{**CELL, "cell_type": "x"}]), "cell 1 has the cell_type 'x' instead of code"),
    (bad(cells=[CELL, {**CELL, "metadata": 1}]), "cell 2 has metadata that are not an object."),
    (bad(metadata="x"), "a.ipynb is not a valid notebook: its metadata is not an object."),
    (
        bad(cells=[CELL, {**CELL, "id": "b", "source": "a\n'\udcc3'"}]),
        "a.ipynb cannot be read: line 2 of the source of cell 2 has half a surrogate pair",
    ),
    (bad(cells=[{**CELL, "metadata": {"\ud800": 1}}]), "the metadata of cell 1 has half a"),
    (b'{"nbformat": 3, "worksheets": 7}', "a.ipynb is an old notebook that cannot be brought up"),
]


@pytest.mark.parametrize(("data", "sentence"), BAD, ids=range(len(BAD)))
def test_bad_notebooks_are_explained_and_nothing_is_written(
    data: bytes, sentence: str, tmp_path: Path
) -> None:
    source, target = tmp_path / "a.ipynb", tmp_path / "b.py"
    source.write_bytes(data)
    target.write_text("# %%\nmine = 1\n")
    with pytest.raises(FileError) as caught:
        file_conversion.convert_file(source, target)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)
    assert target.read_text() == "# %%\nmine = 1\n"
    assert names(tmp_path) == ["a.ipynb", "b.py"]


def test_the_command_says_one_sentence_and_ends_with_2(tmp_path: Path) -> None:
    (tmp_path / "a.ipynb").write_bytes(b"{}")
    done = convert("a.ipynb", "b.py", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr == b"a.ipynb is not a notebook: it is JSON without a number nbformat.\n"
    done = convert("none.py", "b.ipynb", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (2, b"none.py does not exist; check the path.\n")


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    source = tmp_path / "a.ipynb"
    with source.open("wb") as file:
        file.truncate(500 * 2**20)
    with pytest.raises(FileError, match=r"has 500 MB, more than the 256 MB"):
        file_conversion.convert_file(source, tmp_path / "b.py")


@pytest.mark.skipif(os.name != "posix", reason="permissions are a POSIX matter")
def test_a_place_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, target = tmp_path / "a.ipynb", tmp_path / "b.py"
    source.write_bytes(bad())
    target.write_text("mine")
    # The tests may run as root, who is refused nothing.
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(FileError, match="may not be written"):
        file_conversion.convert_file(source, target)
    assert target.read_text() == "mine"


def test_a_target_that_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    target = tmp_path / "b.py"
    target.write_text("old")
    seen = FileVersion.of(target)
    target.write_text("newer than what was read")
    with pytest.raises(FileError, match="changed by something else meanwhile"):
        atomic_files.write(target, b"ours", seen)
    assert target.read_text() == "newer than what was read"
    assert names(tmp_path) == ["b.py"]


def test_mixed_line_ends_are_kept_and_said(tmp_path: Path) -> None:
    script = b"x = 1\r\n# %%\ny = 2\n"
    (tmp_path / "a.py").write_bytes(script)
    done = convert("a.py", "b.ipynb", cwd=tmp_path)
    assert done.returncode == 0
    assert b"a.py mixes line ends, first on line 2; each is kept as it is." in done.stderr
    assert convert("b.ipynb", "c.py", cwd=tmp_path).returncode == 0
    assert (tmp_path / "c.py").read_bytes() == script


@pytest.mark.parametrize(
    "script",
    [
        b"\xef\xbb\xbf# %%\nx = '\xc3\xa9'\n",
        b"# -*- coding: latin-1 -*-\n# %%\nx = '\xe9'\n",
        b"#!/usr/bin/env python\n# vim: set fileencoding=cp1252 :\nx = '\x80'\r\n",
        b"",
        b"\n",
        b"x = 1",
        b"x = '\x00'\n",
    ],
    ids=range(7),
)
def test_bytes_of_scripts_survive_files_and_pipes(script: bytes, tmp_path: Path) -> None:
    one, two, three = (tmp_path / name for name in ("a.py", "b.ipynb", "c.py"))
    one.write_bytes(script)
    file_conversion.convert_file(one, two)
    file_conversion.convert_file(two, three)
    assert three.read_bytes() == script


def test_pipes_and_many_files(tmp_path: Path) -> None:
    script = b"#%% one\nx = 1\n"
    there = convert("-", "-", cwd=tmp_path, stdin=script)
    back = convert("-", "-", cwd=tmp_path, stdin=there.stdout)
    assert json.loads(there.stdout)["cells"][0]["source"] == ["x = 1"]
    assert back.stdout == script
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_bytes(script)
    assert convert("--to", "ipynb", "a.py", "b.py", cwd=tmp_path).returncode == 0
    assert (tmp_path / "a.ipynb").read_bytes() == (tmp_path / "b.ipynb").read_bytes()
    assert convert("--to", "doc", "a.py", cwd=tmp_path).returncode == 2


def test_what_is_not_latin_1_is_not_written_as_such() -> None:
    with pytest.raises(FileError, match=r"cannot be written as ISO8859-1: .* line 2"):
        script_files.encode("# coding: latin-1\n\u20ac\n", "a.py")
    with pytest.raises(FileError, match="names the encoding nope on line 1"):
        script_files.decode(b"# coding: nope\n", "a.py")
    with pytest.raises(FileError, match=r"is not UTF-8: byte 0xe9 on line 2"):
        script_files.decode(b"\nx = '\xe9'\n", "a.py")


# --- Only what changed is written -----------------------------------------------------------------


def pretty(notebook: dict[str, Any], indent: int | str | None, **how: Any) -> bytes:
    return json.dumps(notebook, indent=indent, **how).encode()


LAYOUTS = [
    pretty(GOOD, 1) + b"\n",
    pretty(GOOD, 2),
    pretty(GOOD, "\t") + b"\n",
    pretty(GOOD, None),
    pretty(GOOD, None, separators=(",", ":")),
    pretty({**GOOD, "metadata": {"x": "\u00e9"}}, 4),
    pretty({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": GOOD["cells"]}, 1),
    b'{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
]


@pytest.mark.parametrize("data", LAYOUTS, ids=range(len(LAYOUTS)))
def test_a_notebook_is_written_as_it_was(data: bytes) -> None:
    document = ipynb.read(data, "a.ipynb")
    assert ipynb.write(document.notebook, document.layout) == data


def test_only_the_cell_that_changed_is_written_anew(tmp_path: Path) -> None:
    notebook = tmp_path / "a.ipynb"
    odd = pretty(GOOD, 2).replace(b'"y"', b'"y\\u00e9"').replace(b"null", b"  null")
    notebook.write_bytes(odd)
    script = tmp_path / "a.py"
    file_conversion.convert_file(notebook, script)
    script.write_text(script.read_text().replace("total = z", "total = z + 1"))
    file_conversion.convert_file(script, notebook)
    before, after = odd.splitlines(), notebook.read_bytes().splitlines()
    assert after[: len(before) // 2] == before[: len(before) // 2]
    assert b'"total = z + 1"' in b"".join(after)
    assert b'"id": "b"' in b"".join(after)


@pytest.mark.parametrize("minor", range(5))
def test_older_notebooks_are_brought_up_to_date(minor: int) -> None:
    cells = [{key: value for key, value in cell.items() if key != "id"} for cell in GOOD["cells"]]
    data = json.dumps({**GOOD, "cells": cells, "nbformat_minor": minor}).encode()
    one, two = ipynb.read(data, "a.ipynb").notebook, ipynb.read(data, "a.ipynb").notebook
    assert one["nbformat_minor"] == 5
    assert len({cell["id"] for cell in one["cells"]}) == 2
    assert one == two


def test_version_3_is_brought_up_to_date() -> None:
    cell = {"cell_type": "code", "collapsed": False, "input": "x", "language": "python"}
    old = {
        "metadata": {"name": "a"},
        "nbformat": 3,
        "nbformat_minor": 0,
        "worksheets": [{"cells": [{**cell, "metadata": {}, "outputs": []}], "metadata": {}}],
    }
    notebook = ipynb.read(json.dumps(old).encode(), "a.ipynb").notebook
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    assert notebook["cells"][0]["source"] == "x"


def test_outputs_stay_while_the_script_is_edited(tmp_path: Path) -> None:
    notebook, script = tmp_path / "a.ipynb", tmp_path / "a.py"
    output = {"name": "stdout", "output_type": "stream", "text": ["1\n"]}
    cells = [{**CELL, "outputs": [output], "source": f"step_{name}()", "id": name} for name in "ab"]
    notebook.write_bytes(pretty({**GOOD, "cells": cells}, 1))
    file_conversion.convert_file(notebook, script)
    script.write_text("# %%\nnew()\n\n" + script.read_text().replace("step_b", "step_c"))
    file_conversion.convert_file(script, notebook)
    made = json.loads(notebook.read_text())["cells"]
    assert [cell["id"] for cell in made][1:] == ["a", "b"]
    assert [cell["outputs"] for cell in made] == [[], [output], [output]]
