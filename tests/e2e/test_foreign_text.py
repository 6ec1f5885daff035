"""Untrusted text in messages to an editor: links, lenses, hints, messages, hovers."""

from __future__ import annotations

import pytest
from lsprotocol import types as lsp

from support.page import Page

pytestmark = pytest.mark.asyncio(loop_scope="module")

LINKS = """\
# %% [markdown]
# [help](command:workbench.action.terminal.sendSequence?%7B%7D) [a](vscode://x/y) [b](javascript:x)
# [c](data:text/html,x) [d](file:///etc/passwd) [e](../../../../../../../../etc/passwd)
# [f](//host/x) [g](https://example.com/g) [h](mailto:h@example.com) [i](notes/i.md#part) file:///etc/hosts
"""

HOSTILE = r"""# %% a
class Bad(Exception):
    pass
Bad.__name__ = "Bad\x1b]52;c;eA==\x07\u202e\nname"
raise Bad("text\x1b[2J\x9b1m")
# %% b
from IPython.display import Markdown, display
display(Markdown("![pixel](https://example.com/p.png) [run](command:x) <img src='https://example.com/q'>"))
"""


async def test_only_the_web_and_files_of_the_folder_become_links(page: Page) -> None:
    await page.write(LINKS)
    document = lsp.TextDocumentIdentifier(page.uri)
    found = await page.editor.text_document_document_link_async(lsp.DocumentLinkParams(document))
    folder = page.uri.rpartition("/")[0]
    assert [link.target for link in found or ()] == [
        "https://example.com/g",
        "mailto:h@example.com",
        f"{folder}/notes/i.md#part",
    ]


def obeyed(text: str) -> bool:
    return any(ord(sign) < 32 or 0x7F <= ord(sign) < 0xA0 or sign == "\u202e" for sign in text)


async def test_labels_of_an_editor_hold_nothing_to_obey(page: Page) -> None:
    await page.write(HOSTILE)
    for line in (0, 5):
        await page.editor.command("runCell", uri=page.uri, position={"line": line, "character": 0})
    titles = [title for _, title, _ in await page.editor.lenses(page.uri)]
    hints = [text for _, text in await page.editor.hint_texts(page.uri)]
    assert any("Bad" in title for title in titles)
    assert any("Bad" in hint for hint in hints)
    assert not any(map(obeyed, [*titles, *hints]))
    shown = await page.editor.hover(page.uri, 5)
    assert "![" not in shown
    assert "](command:" not in shown
    assert "<img" not in shown
    assert "pixel" in shown
