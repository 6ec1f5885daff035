"""Diagnostics of a script that mean something in a notebook, and the others."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from cellbridge.analysis.engine import problems as engine_problems
from cellbridge.analysis.engine.documents import EngineDocument, plain_lines
from cellbridge.analysis.engine.problems import Problem, Report
from cellbridge.analysis.python_view import mask_magics
from cellbridge.core.document.cells import parse
from cellbridge.core.document.languages import PYTHON
from cellbridge.core.document.text import PositionEncoding, Text


def reported(script: str, text: str, message: str = "", **more: Any) -> list[Problem]:
    """Return what is kept of a diagnostic about the last occurrence of a text."""
    masked = mask_magics(script)
    document = EngineDocument("file:///a", PositionEncoding.UTF16, masked)
    line = script.count("\n", 0, script.rindex(text))
    start = plain_lines(script)[line].rindex(text)
    ends = (document.position(line, at) for at in (start, start + len(text)))
    first, last = ends
    item = {"range": {"start": first, "end": last}, "message": message, **more}
    report = msgspec.convert({"items": [item]}, Report)
    found = engine_problems.problems(report.items, document)
    whole = Text.of(script)
    kept = engine_problems.notebook_problems(
        found, parse(whole, PYTHON), plain_lines(script), document.lines
    )
    return list(kept)


def check_left_out(script: str, text: str, message: str = "", **more: Any) -> None:
    assert reported(script, text, message, **more) == []


def check_kept(script: str, text: str, message: str = "", **more: Any) -> None:
    (one,) = reported(script, text, message, **more)
    assert one.text == text


OUTSIDE = (
    "`await` outside of an asynchronous function",
    '"await" outside function',
    '"async with" outside async function',
    "`async for` can only be used inside an async function",
    '"await" allowed only within async function',
    'Use of "async" not allowed outside of async function',
)
"""The messages of ty, zuban, Pyrefly and Pyright."""


@pytest.mark.parametrize("message", OUTSIDE)
def test_a_cell_may_await_and_a_function_may_not(message: str) -> None:
    cell = "# %%\nimport asyncio\nawait asyncio.sleep(0)\n"
    check_left_out(cell, "await asyncio.sleep(0)", message, code="invalid-syntax")
    check_left_out("# %%\n%time 1\n" + cell.removeprefix("# %%\n"), "await", message)
    check_kept("# %%\ndef f():\n    await g()\n", "await g()", message, code="invalid-syntax")
    # A broken cell elsewhere does not matter, and one here may hide which it is.
    check_left_out(cell + "# %%\nx = (\n", "await", message)
    check_kept("# %%\nawait g(\n", "await", message)


@pytest.mark.parametrize(
    "code", ["unresolved-reference", "name-defined", "unknown-name", "reportUndefinedVariable"]
)
def test_names_of_ipython_are_defined(code: str) -> None:
    for name in ("display", "get_ipython", "In", "Out", "_", "__", "_1", "_i2", "_dh"):
        check_left_out(f"# %%\n{name}\n", name, code=code)
    check_kept("# %%\nunknown\n", "unknown", code=code)
    # Something else may be wrong with them.
    check_kept("# %%\ndisplay.x\n", "display", code="other")


def test_masked_lines_markers_and_text_are_no_code() -> None:
    script = "# %% title\nx = 1\n# %% [markdown]\n# text\n# %%\n%%bash\nls -l\n# %%\n!ls\ny = !ls\n"
    for text in ("title", "text", "%%bash", "ls -l", "!ls", "y"):
        check_left_out(script, text, severity=1)
    check_kept(script, "x = 1", severity=1)
    check_kept(script, "x = 1", severity=2)
    check_left_out(script, "x = 1", severity=4)


@pytest.mark.parametrize(
    "code", ["reportUnusedExpression", "reportUnusedCallResult", "no-redef", "reportRedeclaration"]
)
def test_values_are_shown_and_names_defined_again(code: str) -> None:
    check_left_out("# %%\nx\n", "x", code=code)


def test_the_kernel_knows_names_too() -> None:
    found = [
        *reported("# %%\nlate\n", "late", code="name-defined"),
        *reported("# %%\nnever\n", "never", code="unresolved-reference"),
        *reported("# %%\nlate\n", "late", code="attribute"),
    ]
    assert engine_problems.undefined_names(found) == ["late", "never"]
    left = engine_problems.without_names(found, frozenset({"late"}))
    assert [(one.text, one.code) for one in left] == [
        ("never", "unresolved-reference"),
        ("late", "attribute"),
    ]


def test_places_outside_the_text_and_wide_characters() -> None:
    assert [(one.column, one.end_column) for one in reported("# %%\n🐍 = b\n", "b")] == [(4, 5)]
    document = EngineDocument("file:///a", PositionEncoding.UTF16, "a")
    item = {"range": {"start": {"line": 7, "character": 3}, "end": {"line": 9, "character": 0}}}
    report = msgspec.convert({"items": [{**item, "message": "m", "code": 7}]}, Report)
    (one,) = engine_problems.problems(report.items, document)
    assert (one.line, one.column, one.end_line, one.code, one.text) == (7, 0, 9, "7", "")
    cells = parse(Text.of("a"), PYTHON)
    assert list(engine_problems.notebook_problems([one], cells, ["a"], ["a"])) == []
