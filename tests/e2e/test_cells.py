"""The structure of a script, and edits of whole cells, under the capabilities of real editors."""

from __future__ import annotations

from typing import Any

import pytest
from inline_snapshot import snapshot
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from cellbridge.core.document.text import PositionEncoding, Text, from_units
from support.page import Page

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCRIPT = """\
# ---
# jupyter:
#   kernelspec:
#     name: python3
# ---
# %% [markdown]
# # Load
# See [the docs](https://docs.example/a) and [the data](data/a.csv).
# %% read
class Table:
    def rows(self):
        return 3

# %%% detail
x = 1
# %% [markdown]
# ## Plot
# %% draw
y = 2
"""


def identifier(page: Page) -> lsp.TextDocumentIdentifier:
    return lsp.TextDocumentIdentifier(page.uri)


async def test_cells_sections_and_header_fold(page: Page) -> None:
    await page.write(SCRIPT)
    folds = await page.editor.text_document_folding_range_async(
        lsp.FoldingRangeParams(identifier(page))
    )
    assert [(fold.start_line, fold.end_line, fold.kind) for fold in folds] == snapshot(
        [
            (0, 4, "comment"),
            (5, 18, "region"),
            (8, 14, "region"),
            (13, 14, "region"),
            (15, 18, "region"),
            (17, 18, "region"),
        ]
    )


async def test_the_outline_holds_headings_cells_and_names(page: Page) -> None:
    await page.write(SCRIPT)
    symbols = await page.editor.text_document_document_symbol_async(
        lsp.DocumentSymbolParams(identifier(page))
    )
    assert isinstance(symbols[0], lsp.DocumentSymbol)
    assert list(printed(symbols)) == snapshot(
        [
            "Namespace Load 5-19",
            "  Module read 8-14",
            "    Class Table 9-11",
            "      Method rows 10-11",
            "    Module detail 13-14",
            "      Variable x 14-14",
            "  Namespace Plot 15-19",
            "    Module draw 17-19",
            "      Variable y 18-18",
        ]
    )


async def test_a_selection_grows_to_the_cell_and_its_section(page: Page) -> None:
    await page.write(SCRIPT)
    (grown,) = await page.editor.text_document_selection_range_async(
        lsp.SelectionRangeParams(identifier(page), [lsp.Position(10, 6)])
    )
    areas: list[tuple[int, int]] = []
    level: lsp.SelectionRange | None = grown
    while level:
        areas.append((level.range.start.line, level.range.end.line))
        level = level.parent
    assert areas == snapshot([(10, 10), (9, 11), (8, 12), (8, 14), (5, 19), (0, 19)])


async def test_links_in_markdown_lead_to_addresses_and_files(page: Page) -> None:
    await page.write(SCRIPT)
    links = await page.editor.text_document_document_link_async(
        lsp.DocumentLinkParams(identifier(page))
    )
    directory = page.uri.rpartition("/")[0]
    assert [(link.range.start.line, link.target) for link in links] == [
        (7, "https://docs.example/a"),
        (7, f"{directory}/data/a.csv"),
    ]


async def test_markers_titles_headings_and_magics_stand_out(page: Page) -> None:
    await page.write(
        "# %% [markdown]\n# # Lädt\n# text\n# %% read é me\n%time x = 1\n# %pip list\n! ls\n"
        "y = 7 % 2 != 0  # 100%\nprint?\n# %%\n%%bash\nls %x\n"
    )
    found = await page.editor.text_document_semantic_tokens_full_async(
        lsp.SemanticTokensParams(identifier(page))
    )
    legend = page.editor.announced.semantic_tokens_provider.legend.token_types
    assert list(coloured(page, found.data, legend)) == snapshot(
        [
            (0, "keyword", "# %% [markdown]"),
            (1, "class", "Lädt"),
            (3, "keyword", "# %%"),
            (3, "class", "read é me"),
            (4, "macro", "%time"),
            (5, "macro", "%pip"),
            (6, "macro", "!"),
            (8, "macro", "?"),
            (9, "keyword", "# %%"),
            (10, "macro", "%%bash"),
        ]
    )
    area = lsp.Range(lsp.Position(10, 0), lsp.Position(11, 0))
    part = await page.editor.text_document_semantic_tokens_range_async(
        lsp.SemanticTokensRangeParams(identifier(page), area)
    )
    assert list(coloured(page, part.data, legend)) == [
        (9, "keyword", "# %%"),
        (10, "macro", "%%bash"),
    ]


async def test_edits_are_offered_where_they_make_sense(page: Page) -> None:
    await page.write("# %% a\nx = 1\n# %% b\ny = 2\n")
    offered = await page.editor.actions(page.uri, 3, only=["refactor"])
    assert [action.title for action in offered] == snapshot(
        [
            "Insert cell above",
            "Insert cell below",
            "Insert markdown cell above",
            "Insert markdown cell below",
            "Split cell at cursor",
            "Merge with cell above",
            "Move cell up",
            "Duplicate cell",
            "Delete cell",
            "Change cell to markdown",
            "Change cell to raw",
        ]
    )
    assert await page.editor.actions(page.uri, 3, only=["refactor.cellbridge.move"]) != []
    assert await page.editor.actions(page.uri, 3, only=["refactor.extract"]) == []


async def test_a_cell_that_is_moved_keeps_its_output(page: Page) -> None:
    await page.write("# %% a\n40 + 2\n\n# %% b\n'b'\n")
    await page.run("runAll")
    await act(page, 1, "Move cell down")
    assert page.editor.texts[page.uri] == "# %% b\n'b'\n\n# %% a\n40 + 2\n"
    assert await page.hints() == [(1, "→ 'b'"), (4, "→ 42")]
    await act(page, 4, "Move cell up")
    assert page.editor.texts[page.uri] == "# %% a\n40 + 2\n\n# %% b\n'b'\n"
    assert await page.hints() == [(1, "→ 42"), (4, "→ 'b'")]


@pytest.mark.parametrize(
    ("edit", "line", "after", "cursor"),
    [
        ("insertAbove", 4, "# %% a\n1\n\n# %%\n\n# %% b\n2\n", 4),
        ("insertBelow", 1, "# %% a\n1\n\n# %%\n\n# %% b\n2\n", 4),
        ("insertMarkdownBelow", 1, "# %% a\n1\n\n# %% [markdown]\n\n# %% b\n2\n", 4),
        ("mergeAbove", 4, "# %% a\n1\n\n2\n", 3),
        ("mergeBelow", 1, "# %% a\n1\n\n2\n", 3),
        ("moveDown", 1, "# %% b\n2\n\n# %% a\n1\n", 4),
        ("moveUp", 4, "# %% b\n2\n\n# %% a\n1\n", 1),
        ("duplicate", 1, "# %% a\n1\n\n# %% a\n1\n\n# %% b\n2\n", 4),
        ("delete", 1, "# %% b\n2\n", 0),
        ("toMarkdown", 1, "# %% a [markdown]\n# 1\n\n# %% b\n2\n", 1),
        ("toRaw", 4, "# %% a\n1\n\n# %% b [raw]\n# 2\n", 4),
    ],
)
async def test_edits_are_made_by_the_editor_and_say_where_to_go(
    page: Page, edit: str, line: int, after: str, cursor: int
) -> None:
    await page.write("# %% a\n1\n\n# %% b\n2\n")
    answer = await page.run("editCell", position=at(line), edit=edit)
    assert page.editor.texts[page.uri] == after
    assert answer["position"]["line"] == cursor
    found = await page.editor.cells(page.uri)
    assert found.version == page.editor.versions[page.uri]


async def test_splitting_cuts_at_the_cursor(page: Page) -> None:
    await page.write("# %% a\nx = 1\ny = 2\n")
    await page.run("editCell", position=at(2), edit="split")
    assert page.editor.texts[page.uri] == "# %% a\nx = 1\n\n# %%\ny = 2\n"


async def test_markdown_changes_its_spelling(page: Page) -> None:
    await page.write("# %% [markdown]\n# one\n# two\n")
    await page.run("editCell", position=at(1), edit="markdownAsString")
    assert page.editor.texts[page.uri] == '# %% [markdown]\n"""\none\ntwo\n"""\n'
    await page.run("editCell", position=at(1), edit="markdownAsComments")
    assert page.editor.texts[page.uri] == "# %% [markdown]\n# one\n# two\n"


async def test_edits_that_make_no_sense_are_refused(page: Page) -> None:
    await page.write("# %% a\n1\n")
    with pytest.raises(JsonRpcException, match="not possible at this position"):
        await page.run("editCell", position=at(0), edit="moveUp")
    with pytest.raises(JsonRpcException, match="There is no edit 'fly'; use one of insertAbove"):
        await page.run("editCell", position=at(0), edit="fly")
    page.editor.takes_edits = False
    with pytest.raises(JsonRpcException, match="the editor did not apply the edit"):
        await page.run("editCell", position=at(0), edit="insertBelow")
    page.editor.takes_edits = True


async def test_the_next_and_the_previous_cell_are_found(page: Page) -> None:
    await page.write("x = 1\n# %% a\n1\n# %% b\n2\n")
    places = [
        (await page.run(command, position=at(line)))["position"]["line"]
        for command, line in [
            ("nextCell", 0),
            ("nextCell", 2),
            ("nextCell", 4),
            ("previousCell", 4),
            ("previousCell", 2),
            ("previousCell", 0),
        ]
    ]
    assert places == [2, 4, 4, 2, 0, 0]


async def act(page: Page, line: int, title: str) -> None:
    """Choose a code action by its title, and make its edit."""
    actions = await page.editor.actions(page.uri, line)
    (chosen,) = [action for action in actions if action.title == title]
    assert chosen.edit
    page.editor.apply_edit(chosen.edit)


def coloured(page: Page, data: Any, legend: Any) -> Any:
    """Yield line, type and text of each token."""
    text = Text.of(page.editor.texts[page.uri])
    encoding = PositionEncoding(page.editor.announced.position_encoding)
    line = start = 0
    for at in range(0, len(data), 5):
        down, along, length, kind, _ = data[at : at + 5]
        line, start = line + down, along + (0 if down else start)
        content = text.line(line)
        first, end = (from_units(content, unit, encoding) for unit in (start, start + length))
        yield line, legend[kind], content[first:end]


def at(line: int) -> dict[str, int]:
    return {"line": line, "character": 0}


def printed(symbols: Any, depth: int = 0) -> Any:
    for symbol in symbols:
        start, end = symbol.range.start.line, symbol.range.end.line
        yield f"{'  ' * depth}{symbol.kind.name} {symbol.name} {start}-{end}"
        yield from printed(symbol.children or (), depth + 1)


async def test_edits_that_overtake_each_other_come_to_the_editors_text(page: Page) -> None:
    await page.write("# %% one")
    editor, first = page.editor, page.editor.versions[page.uri] + 1
    typed = [((0, 8), "\n"), ((1, 0), "1"), ((1, 1), "/"), ((1, 2), "0")]
    for at in (2, 0, 3, 1):  # as Helix sends them on a busy machine
        (line, character), text = typed[at]
        here = lsp.Position(line, character)
        change = lsp.TextDocumentContentChangePartial(lsp.Range(here, here), text)
        document = lsp.VersionedTextDocumentIdentifier(first + at, page.uri)
        editor.text_document_did_change(lsp.DidChangeTextDocumentParams(document, [change]))
    editor.versions[page.uri], editor.texts[page.uri] = first + 3, "# %% one\n1/0"
    assert (await page.run_at(1))["state"] == "error"
    await page.editor.until(
        lambda: page.diagnostic_messages() == [(1, "ZeroDivisionError: division by zero")],
        "the error",
    )
