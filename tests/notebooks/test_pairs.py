"""Files that are a pair: by jupytext's words for it, wherever they occur."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cellbridge.notebooks import sync
from cellbridge.notebooks.errors import FileError
from cellbridge.notebooks.pairs import PairSource, may_be_paired, pair_of, read_formats

HEADER = "# ---\n# jupyter:\n#   jupytext:\n#     formats: {}\n# ---\n\n# %%\nx = 1\n"


def check_pair(path: Path, script: str, notebook: str, told: PairSource) -> None:
    """Both from the one and from the other, the same two files are found."""
    root = next(folder for folder in path.parents if (folder / "top").exists())
    for one in (path, root / script, root / notebook):
        found = sync.pair_of(one)
        shown = tuple(str(each.relative_to(root)) for each in (found.script, found.notebook))
        assert shown == (script, notebook), one
    assert sync.pair_of(path).source is told


@pytest.fixture
def top(tmp_path: Path) -> Path:
    (tmp_path / "top").touch()
    (tmp_path / ".git").mkdir()
    return tmp_path


def put(path: Path, content: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


@pytest.mark.parametrize(
    ("formats", "script", "notebook"),
    [
        ("ipynb,py:percent", "a.py", "a.ipynb"),
        ("ipynb,py", "a.py", "a.ipynb"),
        ("notebooks//ipynb,py:percent", "a.py", "notebooks/a.ipynb"),
        ("notebooks//ipynb,scripts//py:percent", "scripts/a.py", "notebooks/a.ipynb"),
        (".nb.ipynb,py:percent", "a.py", "a.nb.ipynb"),
        ("nb_/ipynb,py:percent", "a.py", "nb_a.ipynb"),
        ("ipynb,md,py:percent", "a.py", "a.ipynb"),
    ],
)
def test_a_script_says_which_notebook_is_its_own(
    top: Path, formats: str, script: str, notebook: str
) -> None:
    path = put(top / script, HEADER.format(formats))
    found = sync.pair_of(path)
    assert (found.script, found.notebook) == (path, top / notebook)
    assert found.source is PairSource.FILE
    sync.sync(path)
    assert (top / notebook).is_file()
    assert sync.pair_of(top / notebook) == found
    assert sync.sync(top / notebook).written is None


SETTINGS = [
    ("jupytext.toml", 'formats = "ipynb,py:percent"', "a.py", "a.ipynb"),
    (".jupytext.toml", 'formats = ["ipynb", "py:percent"]', "sub/a.py", "sub/a.ipynb"),
    ("jupytext.yml", "formats: ipynb,scripts//py", "scripts/a.py", "a.ipynb"),
    (".jupytext.json", '{"formats": "ipynb,.pct.py:percent"}', "a.pct.py", "a.ipynb"),
    ("pyproject.toml", '[tool.jupytext]\nformats = "ipynb,py"', "deep/er/a.py", "deep/er/a.ipynb"),
    (
        "pyproject.toml",
        '[tool.jupytext.formats]\n"books/" = "ipynb"\n"src/" = "py:percent"',
        "src/x/a.py",
        "books/x/a.ipynb",
    ),
    ("jupytext.toml", 'formats = "books///ipynb,src///py:percent"', "src/a.py", "books/a.ipynb"),
]


@pytest.mark.parametrize(("name", "text", "script", "notebook"), SETTINGS)
def test_settings_say_which_files_are_pairs(
    top: Path, name: str, text: str, script: str, notebook: str
) -> None:
    put(top / name, text)
    path = put(top / script, "# %%\nx = 1\n")
    check_pair(path, script, notebook, PairSource.SETTINGS)
    assert may_be_paired(path, "x = 1\n")
    sync.sync(path)
    assert json.loads((top / notebook).read_text())["cells"][0]["source"] == ["x = 1"]
    assert sync.is_automatic(sync.pair_of(path))


def test_settings_of_other_files_and_broken_ones_mean_the_same_name(top: Path) -> None:
    put(top / "pyproject.toml", "[tool.other]\nx = 1\n")
    put(top / "sub" / "jupytext.toml", "formats = [1, broken")
    path = put(top / "sub" / "a.py", "x = 1\n")
    check_pair(path, "sub/a.py", "sub/a.ipynb", PairSource.NAME)
    put(top / "sub" / "jupytext.toml", 'formats = "books///ipynb,src///py:percent"')
    check_pair(path, "sub/a.py", "sub/a.ipynb", PairSource.NAME)


def test_pairs_in_formats_that_are_not_ours_are_refused(top: Path) -> None:
    path = put(top / "a.py", HEADER.format("ipynb,py:light"))
    with pytest.raises(FileError, match=r"is paired as py:light, which cellbridge does not"):
        sync.sync(path)
    assert not (top / "a.ipynb").exists()


def test_senseless_formats_are_passed_over() -> None:
    assert read_formats("ipynb, ,py:percent,exe,") == read_formats(["ipynb", 3, "py:percent"])
    assert read_formats(7) == []
    assert pair_of(Path("/x/a.py"), {"jupytext": {"formats": "md"}}).source is PairSource.NAME


def test_only_pairs_are_kept_on_save(top: Path) -> None:
    path = put(top / "a.py", "# %%\nx = 1\n")
    assert not may_be_paired(path, path.read_text())
    assert not sync.is_automatic(sync.pair_of(path))
    put(top / "a.ipynb", '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
    assert may_be_paired(path, path.read_text())
    assert not sync.is_automatic(sync.pair_of(path)), "they have never agreed"
    sync.sync(path, sync.Side.SCRIPT)
    assert sync.is_automatic(sync.pair_of(path))
    said = HEADER.format("ipynb,py:percent")
    assert sync.is_automatic(sync.pair_of(put(top / "b.py", said))), "the script says so"


def test_a_pair_in_other_folders_needs_no_hidden_notebook(top: Path) -> None:
    put(top / "jupytext.toml", 'formats = "books///ipynb,src///py:percent"')
    path = put(top / "src" / "a.py", "# %%\nx = 1\n")
    sync.sync(path)
    path.unlink()
    sync.sync(top / "books" / "a.ipynb")
    assert path.read_text() == "# %%\nx = 1\n"
    assert [each.name for each in path.parent.iterdir()] == ["a.py"]
