"""Language requests at one position of a script, and kernels in each of their states.

Owns the requests of end-to-end tests about code, and the scripts that bring a kernel into a state.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from lsprotocol import types as lsp

from support.editor import Editor
from support.fixture import without_cursor
from support.page import Page

SETUP = """\
# %% data
import re, time
table = {"one": 1, "two": 2}
class Account:
    def pay(self, amount, tip=0):
        '''Pay it.'''
account = Account()
"""
BUSY = {
    "in a loop": "# %% loop\nprint('on', flush=True)\nwhile True: pass\n",
    "asleep": "# %% sleep\nprint('on', flush=True)\ntime.sleep(600)\n",
    "at input()": "# %% input\nprint('on', flush=True)\ninput('say')\n",
    "in a C call": "# %% call\nprint('on', flush=True)\nre.match('(a?){30}(a){30}$', 'a' * 30)\n",
    "dead": "# %% die\nimport os\nos._exit(3)\n",
}
"""The second cell, by the state into which it brings the kernel."""


class Cursor:
    """The position ``$0`` of a script, with its language requests."""

    def __init__(self, page: Page, marked: str) -> None:
        text, at = without_cursor(marked)
        page.editor.rewrite(page.uri, text)
        self.page, self.at = page, at
        self.place = lsp.TextDocumentIdentifier(page.uri), lsp.Position(at.line, at.column)

    @property
    def editor(self) -> Editor:
        return self.page.editor

    async def completions(self) -> lsp.CompletionList:
        return await self.editor.text_document_completion_async(lsp.CompletionParams(*self.place))

    async def labels(self) -> list[str]:
        found = await self.completions()
        return [item.label for item in found.items] if found else []

    async def documentation(self, label: str) -> str:
        """Return the documentation of one candidate after it is resolved."""
        item = next(item for item in (await self.completions()).items if item.label == label)
        resolved = await self.editor.completion_item_resolve_async(item)
        return resolved.documentation.value if resolved.documentation else ""

    async def signatures(self) -> lsp.SignatureHelp | None:
        params = lsp.SignatureHelpParams(*self.place)
        return await self.editor.text_document_signature_help_async(params)

    async def signature(self) -> tuple[str, int] | None:
        found = await self.signatures()
        return (found.signatures[0].label, found.signatures[0].active_parameter) if found else None

    async def hover(self) -> str:
        return await self.page.hover(self.at.line, self.at.column)

    async def definition(self) -> list[tuple[str, int]]:
        """Return path and line of the definitions."""
        params = lsp.DefinitionParams(*self.place)
        found = await self.editor.text_document_definition_async(params) or []
        return [(one.uri, one.range.start.line) for one in found]


@asynccontextmanager
async def kernel_that_is(page: Page, state: str, setup: str = SETUP) -> AsyncIterator[str]:
    """Keep the kernel in a state while the block runs; yield the script so far."""
    text = setup + BUSY.get(state, "# %% nothing\n")
    await page.write(text)
    if state == "absent":
        await page.run("shutdown")
        yield text
        return
    await page.run_at(0)
    if state == "idle":
        yield text
        return
    run = page.run("restart") if state == "restarting" else page.run_at(setup.count("\n"))
    running = asyncio.create_task(run)
    if state == "dead":
        await running
    elif state != "restarting":
        await page.editor.eventually(
            page.lenses, lambda found: any(map(is_working, found)), "the run"
        )
    if state == "in a C call":
        # The cell is shown as running before the call starts.
        cursor = Cursor(page, f"{text}# %% new\naccount.$0\n")
        await page.editor.eventually(
            cursor.completions, lambda found: found.is_incomplete, "silence"
        )
    try:
        yield text
    finally:
        if state == "in a C call":
            await page.run("restart")
        elif state in BUSY:
            await page.run("interrupt")
        await running


def is_working(lens: str) -> bool:
    return lens.startswith(("… running", "… waits"))
