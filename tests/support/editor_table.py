"""The table of features by editor, generated from the tests that show them.

Owns the features' names, the mark of a test, and the table in docs/editors/README.md. A test
declares its features by `shows`; a feature without a test in an editor is not claimed for it.
Editors that are not available here are listed by their documentation, and marked as such.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

TESTS = Path(__file__).resolve().parent.parent / "editors"

FEATURES = {
    "run": "cells run by keys, commands or code actions",
    "lens": "lenses above cells",
    "result": "the result at the end of its cell",
    "drawn": "whole outputs drawn below their cells",
    "whole": "the whole output on request",
    "error": "an error on its line",
    "stale": "a mark on results of older text",
    "input": "`input()` answered",
    "interrupt": "a cell interrupted",
    "step": "a cell run line by line, without a debug adapter",
    "debug": "a cell debugged: breakpoints, steps and variables",
    "completion": "completion from the running kernel",
    "busy": "… while a cell runs",
    "reattach": "a run continues while the editor is closed",
    "picture": "images in the editor",
    "variables": "the kernel's variables",
    "table": "tables, page by page",
    "kernel": "the kernel selected from a list",
    "sessions": "sessions listed and stopped",
    "agents": "agents allowed and forbidden, with their name at each of their runs",
}

TESTED = {
    "VS Code": (
        "vscode.md",
        "vscode/test_running",
        "vscode/test_agents",
        "vscode/test_reading",
        "vscode/test_panel",
        "vscode/test_host",
    ),
    "Neovim, our plugin": (
        "neovim.md",
        "test_neovim_plugin",
        "test_neovim_windows",
        "test_neovim_images",
        "test_neovim_debugging",
        "test_neovim_agents",
    ),
    "Neovim": ("neovim.md", "test_neovim_plain"),
    "Helix": ("helix.md", "test_helix"),
    "Emacs": ("emacs.md", "test_emacs"),
}
"""Column to its page and the modules of its tests."""

DOCUMENTED = {
    "Sublime Text": ("sublime.md", "run lens result whole error completion interrupt input"),
    "Kate": ("kate.md", "run result whole error completion interrupt input"),
    "Vim": ("vim.md", "run lens result whole error completion interrupt input"),
    "Zed": ("zed.md", ""),
}
"""Column to its page and the features in its documentation."""

HEAD = """\
<!-- Written by tests/support/editor_table.py of the tests' marks. Do not edit. -->

# Editors

All editors share one kernel and one set of outputs: start a cell in one editor, close it, and
continue in another. [VS Code](vscode.md) has an extension and [Neovim](neovim.md) a plugin; every
other editor needs only a server entry.

✓ is shown by a test in the real editor. ○ is untested: according to its documentation, the editor
has the means. A blank cell is not available, as far as we know.

"""

F = TypeVar("F", bound=Callable[..., object])


def shows(*features: str) -> Callable[[F], F]:
    """Mark a test with the features that it shows."""
    unknown = set(features) - FEATURES.keys()
    if unknown:
        raise ValueError(f"no such features: {unknown}")

    def same(test: F) -> F:
        return test

    return same


def shown_features(module: str) -> set[str]:
    """Return the features that the tests of a module show, read from their source."""
    tree = ast.parse((TESTS / f"{module}.py").read_text("utf-8"))
    marks = [
        mark
        for test in ast.walk(tree)
        if isinstance(test, ast.FunctionDef | ast.AsyncFunctionDef) and test.name[:5] == "test_"
        for mark in test.decorator_list
        if isinstance(mark, ast.Call)
        and isinstance(mark.func, ast.Name)
        and mark.func.id == "shows"
    ]
    values = [one.value for mark in marks for one in mark.args if isinstance(one, ast.Constant)]
    return {value for value in values if isinstance(value, str)}


def render_page() -> str:
    """Write the page."""
    columns: dict[str, tuple[str, dict[str, str]]] = {}
    for name, (page, *modules) in TESTED.items():
        columns[name] = (page, {one: "✓" for module in modules for one in shown_features(module)})
    for name, (page, documented) in DOCUMENTED.items():
        columns[name] = (page, dict.fromkeys(documented.split(), "○"))
    links = [f"[{name}]({page})" for name, (page, _) in columns.items()]
    lines = [f"| | {' | '.join(links)} |", f"|---|{':-:|' * len(links)}"]
    for feature, words in FEATURES.items():
        cells = [signs.get(feature, "") for _, signs in columns.values()]
        lines.append(f"| {words} | {' | '.join(cells)} |")
    return HEAD + "\n".join(lines) + "\n"
