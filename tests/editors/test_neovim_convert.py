"""Notebooks in Neovim: opened as scripts, and written when the script is saved."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from support.editor_pages import needs
from support.neovim_with_plugin import CELLS, VERSIONS, NeovimWithPlugin

pytestmark = needs(*VERSIONS)

CELL = {"cell_type": "code", "execution_count": None, "id": "a", "metadata": {}, "outputs": []}


def notebook(path: Path) -> list[dict[str, Any]]:
    return json.loads(path.read_text())["cells"]


def test_a_script_s_notebook_is_written_and_kept_on_save(
    start: Callable[..., NeovimWithPlugin], tmp_path: Path
) -> None:
    editor = start("# %%\n20 + 22\n")
    editor.keys("j\\rr")
    editor.screen.until("→ 42")
    editor.command("Cellbridge notebook")
    editor.screen.until("script.ipynb is up to date")
    path = tmp_path / "script.ipynb"
    assert notebook(path)[0]["outputs"][0]["data"] == {"text/plain": ["42"]}
    editor.keys("Goprint('more')<Esc>:w<CR>")
    editor.until(
        "return vim.fn.readblob(...):find('more') ~= nil and vim.fn.filereadable(...) == 1",
        str(path),
    )
    assert notebook(path)[0]["source"] == ["20 + 22\n", "print('more')"]


def test_a_notebook_is_opened_as_a_script(
    start: Callable[..., NeovimWithPlugin], tmp_path: Path
) -> None:
    editor = start("x = 1\n")
    path = tmp_path / "book.ipynb"
    held = {"cells": [{**CELL, "source": "y = 40 + 2\ny"}], "metadata": {}}
    path.write_text(json.dumps({**held, "nbformat": 4, "nbformat_minor": 5}, indent=1))
    editor.command(f"edit {path}")
    editor.command("Cellbridge script")
    editor.screen.until("y = 40 + 2\n")
    assert editor.until("return vim.fn.expand('%:t')") == "book.py"
    editor.wait_until_attached()
    editor.until(
        f"return require('cellbridge.notebook').of(0) ~= nil and (function() {CELLS} end)()"
    )
    editor.keys("Gk\\rr")
    editor.screen.until("→ 42")
    editor.keys(":w<CR>")
    editor.until("return vim.fn.readblob(...):find('text/plain') ~= nil", str(path))
    assert notebook(path)[0]["id"] == "a"
    editor.command("Cellbridge shutdown")
