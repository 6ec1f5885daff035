"""Formats of jupytext and nbconvert, if these are installed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cellbridge.notebooks import nbconvert_export
from support.command import CommandResult, cellbridge

SCRIPT = "# %% [markdown]\n# # Title\n\n# %%\nx = 1\nprint('said', x)\n"
CELL = {
    "cell_type": "code",
    "execution_count": 1,
    "id": "a",
    "metadata": {},
    "outputs": [{"name": "stdout", "output_type": "stream", "text": ["said 1\n"]}],
    "source": ["x = 1\n", "print('said', x)"],
}
NOTEBOOK = {"cells": [CELL], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def convert(folder: Path, *arguments: str) -> CommandResult:
    return cellbridge("convert", *arguments, cwd=folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.py").write_text(SCRIPT)
    (tmp_path / "b.ipynb").write_text(json.dumps(NOTEBOOK, indent=1))
    return tmp_path


# --- jupytext's -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "name", "words"),
    [
        ("md", "a.md", "```python\nx = 1\nprint('said', x)\n```"),
        ("Rmd", "a.Rmd", "```{python}\nx = 1\nprint('said', x)\n```"),
        ("myst", "a.md", "```{code-cell}"),
    ],
)
def test_scripts_become_documents_and_come_back(
    folder: Path, form: str, name: str, words: str
) -> None:
    assert convert(folder, "--to", form, "a.py").code == 0
    text = (folder / name).read_text()
    assert words in text
    assert "# Title" in text
    done = convert(folder, "--from", form, "--to", "ipynb", name)
    assert done.code == 0, done.err
    cells = json.loads((folder / "a.ipynb").read_text())["cells"]
    assert [cell["cell_type"] for cell in cells] == ["markdown", "code"]
    assert cells[1]["source"] == ["x = 1\n", "print('said', x)"]


def test_a_notebook_keeps_its_outputs_when_its_document_changes(folder: Path) -> None:
    assert convert(folder, "b.ipynb", "b.md").code == 0
    document = folder / "b.md"
    document.write_text(document.read_text() + "\nMore words.\n")
    assert convert(folder, "b.md", "b.ipynb").code == 0
    code, words = json.loads((folder / "b.ipynb").read_text())["cells"]
    assert code["outputs"] == CELL["outputs"]
    assert words["source"] == ["More words."]


def test_a_light_script_becomes_a_percent_script(folder: Path) -> None:
    (folder / "light.py").write_text("# # Title\n\nx = 1\n\ny = 2\n")
    done = convert(folder, "--from", "py:light", "light.py", "made.py")
    assert done.code == 0, done.err
    assert (
        "# %% [markdown]\n# # Title\n\n# %%\nx = 1\n\n# %%\ny = 2\n"
        in (folder / "made.py").read_text()
    )


# --- nbconvert's ----------------------------------------------------------------------------------


def test_templates_that_lie_in_the_working_directory_draw_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A template can run code, and another user could have written it."""
    (tmp_path / "lab").mkdir()
    (tmp_path / "lab" / "index.html.j2").write_text("PLANTED {{ 40 + 2 }}")
    (tmp_path / "lab" / "conf.json").write_text('{"base_template": "base"}')
    monkeypatch.chdir(tmp_path)
    assert b"PLANTED" not in nbconvert_export.export(NOTEBOOK, "a", "html").data


def test_pages_hold_the_outputs_that_are_kept(folder: Path) -> None:
    """The outputs of a script come from its session, and those of a notebook from its file."""
    code = (
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from cellbridge.core.runs.agents import ClientInfo\n"
        "from cellbridge.cli.script_argument import read\n"
        "from cellbridge.workspace.open_script import SilentListener, open_script\n"
        "async def main():\n"
        "    script = read(Path('a.py'))\n"
        "    test = ClientInfo('a test')\n"
        "    async with open_script(script, SilentListener(), client=test) as notebook:\n"
        "        await notebook.run(range(len(notebook.cells)))\n"
        "        await notebook.shutdown()\n"
        "asyncio.run(main())\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=folder, check=True)
    done = convert(folder, "a.py", "a.html")
    assert (done.code, done.err) == (0, "a.py → a.html\n")
    page = (folder / "a.html").read_text()
    assert "<title>a</title>" in page
    assert "said 1" in page
    assert convert(folder, "--to", "markdown", "b.ipynb", "a.py").code == 0
    for name in ("a.md", "b.md"):
        assert "    said 1\n" in (folder / name).read_text()
    assert convert(folder, "--to", "script", "b.ipynb", "a.py").code == 0
    assert "# In[1]:" in (folder / "b.py").read_text()
    assert (folder / "a.py").read_text() == SCRIPT, "a page never replaces what it is made of"
    assert "print('said', x)" in (folder / "a-exported.py").read_text()


def test_pictures_lie_beside_the_page(folder: Path) -> None:
    dot = (
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
        "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    )
    output = {"data": {"image/png": dot}, "metadata": {}, "output_type": "display_data"}
    shown = {**NOTEBOOK, "cells": [{**CELL, "outputs": [output]}]}
    (folder / "c.ipynb").write_text(json.dumps(shown))
    assert convert(folder, "--to", "markdown", "c.ipynb").code == 0
    (picture,) = (folder / "c_files").iterdir()
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert f"c_files/{picture.name}" in (folder / "c.md").read_text()


def test_what_an_exporter_lacks_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    done = convert(folder, "b.ipynb", "b.pdf")
    assert done.code == 2
    assert done.err.startswith("b could not be exported as pdf: xelatex not found on PATH")
    assert done.err.count("\n") == 1
    assert not (folder / "b.pdf").exists()


@pytest.mark.parametrize(
    ("library", "arguments", "sentence"),
    [
        (
            "jupytext",
            ("a.py", "a.md"),
            (
                "Markdown and jupytext's other formats need jupytext; install it: "
                "pip install 'cellbridge[formats]'\n"
            ),
        ),
        (
            "nbconvert",
            ("b.ipynb", "b.html"),
            "Exports need nbconvert; install it: pip install 'cellbridge[export]'\n",
        ),
    ],
)
def test_what_is_not_installed_is_said_in_one_sentence(
    folder: Path, library: str, arguments: tuple[str, ...], sentence: str
) -> None:
    code = (
        f"import sys; sys.modules[{library!r}] = None\n"
        "from cellbridge.cli.main import main\n"
        f"sys.argv = ['cellbridge', 'convert', *{arguments!r}]\n"
        "sys.exit(main())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (2, sentence)
