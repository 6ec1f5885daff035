"""Scripts in other languages, each in its real kernel: the matrix of docs/languages.md."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from lsprotocol import types as lsp

from cellbridge.lsp import protocol as p
from support import kernel_programs
from support.editor import Editor, fresh_uri, start_editor
from support.page import Page

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]


@dataclass(frozen=True)
class Language:
    """One row of the matrix."""

    kernel: str
    extension: str
    comment: str
    value: str
    """A cell that puts out 42."""
    failing: str
    """A cell that fails."""
    error: str
    """Part of what is reported of it."""
    define: str
    """A cell that defines ``alphabet`` or the like."""
    typed: str
    """The code that is typed next, at whose end completions are requested."""
    offered: str
    """One of the names; empty where the kernel offers none."""
    hovered: str = ""
    """The text under the pointer, at its first character; empty if the kernel has no help."""
    help: str = ""
    """A part of the hover's text."""
    says_so: bool = True
    """True if the kernel reports that a failed cell has failed."""
    header: str = ""
    """A kernelspec that the script's header names."""


MATRIX = [
    Language(
        "ir", "R", "#", "x <- 6\nx * 7", "stop('no luck')", "no luck",
        "alphabet <- c('a')", "alpha", "alphabet", "paste", "Concatenate",
    ),
    Language(
        "bash", "sh", "#", "x=6\necho $((x * 7))", "ls /no/such/place", "2",
        "alphabet=1", "$alph", "$alphabet",
    ),
    Language(
        "deno", "ts", "//", "const x: number = 6;\nx * 7", "throw new Error('no luck')", "no luck",
        "const alphabet = [1]", "alphabet.", "length",
    ),
    Language(
        "deno", "js", "//", "const y = 6;\ny * 7", "throw new Error('no luck')", "no luck",
        "const letters = [1]", "letters.", "length",
    ),
    Language(
        "octave", "m", "%", "x = 6;\nx * 7", "error('no luck')", "no luck",
        "alphabet = 1;", "alphab", "alphabet", "plot", "plot", says_so=False,
    ),
    Language(
        "xpython", "py", "#", "x = 6\nx * 7", "raise ValueError('no luck')", "no luck",
        "alphabet = [1]", "alphabet.app", "append", "len", "number of items",
        header="xpython",
    ),
]  # fmt: skip
EACH = pytest.mark.parametrize(
    "language",
    [
        pytest.param(
            one,
            id=f"{one.kernel}-{one.extension}",
            marks=pytest.mark.skipif(
                bool(kernel_programs.missing(one.kernel)) and not os.environ.get("CI"),
                reason=kernel_programs.missing(one.kernel),
            ),
        )
        for one in MATRIX
    ],
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def editor() -> AsyncIterator[Editor]:
    """An editor that finds the kernels."""
    os.environ["JUPYTER_PATH"] = str(kernel_programs.jupyter_path())
    try:
        started = await start_editor()
    finally:
        del os.environ["JUPYTER_PATH"]
    yield started
    await started.shutdown_session()


@pytest_asyncio.fixture(loop_scope="module")
async def page(editor: Editor, language: Language, tmp_path: Path) -> AsyncIterator[Page]:
    """An empty script of the language."""
    uri = fresh_uri(tmp_path).removesuffix("py") + language.extension
    opened = Page(editor, editor.open(uri, "", "plaintext"))
    yield opened
    await opened.run("shutdown")


def script(language: Language, *cells: str) -> str:
    """Return a script with these cells."""
    mark = language.comment
    header = ""
    if language.header:
        lines = ["---", "jupyter:", "  kernelspec:", f"    name: {language.header}", "---", ""]
        header = "".join(f"{mark} {line}".rstrip() + "\n" for line in lines[:-1]) + "\n"
    return header + "\n".join(f"{mark} %% cell\n{cell}\n" for cell in cells)


def first_line(page: Page, cell: int) -> int:
    """Return the line of a cell's marker."""
    lines = page.editor.texts[page.uri].split("\n")
    return [at for at, line in enumerate(lines) if " %% " in line][cell]


async def check_running(language: Language, page: Page) -> None:
    before = len(page.editor.messages)
    await page.write(script(language, language.value, language.failing))
    ran = await page.run_at(first_line(page, 0))
    assert ran["state"] == "ok", ran
    # Deno sometimes sends a result after its idle status.
    await shows(page, 0, "42")
    failed = await page.run_at(first_line(page, 1))
    assert failed["state"] == ("error" if language.says_so else "ok"), failed
    # Only Deno does not support private sockets, which is reported once.
    said = [news.message for news in page.editor.messages[before:]]
    exposed = f"The kernel {language.kernel} listens on the loopback interface without encryption"
    assert sum(exposed in one for one in said) == (language.kernel == "deno"), said
    if not language.says_so:
        return await shows(page, 1, language.error)
    await page.editor.until(lambda: bool(page.diagnostics), "the error")
    ((line, message),) = page.diagnostic_messages()
    assert line == first_line(page, 1) + 1
    assert language.error in message
    return None


def code_cells(answer: p.CellsResult) -> list[p.Cell]:
    """Return the cells with a marker, without the header's."""
    return [cell for cell in answer.cells if cell.title == "cell"]


async def shows(page: Page, cell: int, text: str) -> None:
    """Wait until a cell's outputs hold a text."""
    await page.editor.eventually(
        lambda: page.editor.cells(page.uri),
        lambda answer: text in str(code_cells(answer)[cell].outputs),
        text,
    )


async def check_names(language: Language, page: Page) -> None:
    await page.write(script(language, language.define))
    assert (await page.run_at(first_line(page, 0)))["state"] == "ok"
    typed = f"{script(language, language.define)}{language.comment} %% cell\n{language.typed}"
    page.editor.rewrite(page.uri, typed)
    line = typed.count("\n")
    found = await page.editor.text_document_completion_async(
        lsp.CompletionParams(
            lsp.TextDocumentIdentifier(page.uri), lsp.Position(line, len(language.typed))
        )
    )
    assert isinstance(found, lsp.CompletionList)
    assert language.offered in [item.label for item in found.items]


async def check_help(language: Language, page: Page) -> None:
    if not language.hovered:
        assert language.help == "", "this kernel answers no inspect_request"
        return
    await page.write(script(language, language.define, language.hovered))
    assert (await page.run_at(first_line(page, 0)))["state"] == "ok"
    said = await page.hover(first_line(page, 1) + 1, 1)
    assert language.help in said


async def check_restart(language: Language, page: Page) -> None:
    await page.write(script(language, language.value))
    await page.run("restart")
    again = await page.run_at(first_line(page, 0))
    assert (again["state"], again.get("count", 1)) == ("ok", 1)


@EACH
async def test_a_language(language: Language, page: Page) -> None:
    """Cells and their errors, names and help while the kernel is idle, and a new kernel."""
    await check_running(language, page)
    await check_names(language, page)
    await check_help(language, page)
    await check_restart(language, page)
