"""A window of VS Code as a page of Chromium, and the ways in which tests look at it.

Owns the page's selectors. What a test asks of it is the test's matter.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from playwright.async_api import Error, Locator, Page, expect

from support.vscode_glance import GLANCE, appears, has
from support.vscode_server import Server

T = TypeVar("T")

PATIENCE = 60.0
"""Seconds that anything may take: a kernel that imports pandas takes twenty on a busy machine."""


class Window:
    """A page of Chromium that shows VS Code."""

    def __init__(self, server: Server, page: Page) -> None:
        self.server = server
        self.page = page
        self.opened: list[Path] = []
        """Scripts that may have sessions."""
        self.lost = True
        """Nothing is known of what it shows; a fresh page is."""
        page.set_default_timeout(PATIENCE * 1000)

    async def open(self, name: str, text: str, *, cells: bool = True) -> Path:
        """Write a script and open it, as a person does by its name."""
        path = self.server.workspace / name
        path.write_text(text, "utf-8")
        self.opened.append(path)
        if self.lost:
            await self.page.goto(self.server.url(file=path))
            self.lost = False
        else:
            # By its whole path: what is new is not among what has been searched.
            await self._pick("Control+p", str(path), name)
        await self.tab(name).wait_for()
        await self.ready(cells=cells)
        return path

    async def leave(self) -> None:
        """Close what a test has opened."""
        if not self.lost:
            try:
                await self.page.keyboard.press("Escape")
                await self.command("Notifications: Clear All Notifications")
                await self.save()
                await self.command("View: Close All Editors")
                await expect(self.page.locator(".tab")).to_have_count(0, timeout=PATIENCE * 1000)
            except (Error, AssertionError):
                self.lost = True

    async def save(self) -> None:
        """Save all that is open, and wait until it is."""
        await self.command("File: Save All Files")
        await expect(self.page.locator(".tab.dirty")).to_have_count(0, timeout=PATIENCE * 1000)

    async def ready(self, *, cells: bool = True) -> None:
        """Wait until the script is shown, the server has told of its kernel, and keys are ours."""
        await self.page.locator(".monaco-editor .view-line").first.wait_for()
        await self.status("$").first.wait_for()
        if cells:
            await self.lens("Run").first.wait_for()
            # This button is there on the same condition as the keys are.
            button = '.editor-actions .action-label[aria-label="Run All Cells"]'
            await self.page.locator(button).first.wait_for()

    async def cursor_on(self, line: int) -> None:
        """Wait until the cursor is on a line, from 1."""
        await self.page.locator(".statusbar-item", has_text=f"Ln {line}, ").wait_for()

    def status(self, text: str) -> Locator:
        """Return the item of the status bar about the kernel; `$` stands for any text."""
        item = self.page.locator('.statusbar-item[id$="cellbridge.kernel"]')
        return item if text == "$" else item.filter(has_text=text)

    def lens(self, title: str) -> Locator:
        return self.page.locator(".codelens-decoration a", has_text=title)

    def over_cells(self, text: str) -> Locator:
        """Return a line of lenses with a text, which need not be one to click on."""
        return self.page.locator(".codelens-decoration", has_text=text)

    def line(self, text: str) -> Locator:
        return self.page.locator(".monaco-editor .view-line", has_text=text)

    def zone(self, text: str = "") -> Locator:
        """Return the outputs drawn under cells."""
        found = self.page.locator(".monaco-editor .review-widget")
        return found.filter(has_text=text) if text else found

    async def at_ends(self) -> list[str]:
        """Return what is drawn behind the ends of lines, which CSS holds and the page does not."""
        found: list[str] = await self.page.evaluate(
            """() => [...document.querySelectorAll('.monaco-editor .view-line span')]
                 .map(e => getComputedStyle(e, '::after').content)
                 .filter(c => c && c !== 'none' && c.startsWith('"'))
                 .map(c => c.slice(1, -1).replaceAll('\\u00a0', ' ').replaceAll('\\\\"', '"'))"""
        )
        return found

    async def said_at_end(self, text: str) -> str:
        """Wait until something with this text is drawn behind a line; return it."""

        async def look() -> str:
            return next((one for one in await self.at_ends() if text in one), "")

        return await self.until(look, f"{text!r} at the end of a line", self.at_ends)

    async def ran(self, count: int) -> None:
        """Wait until a cell's lens tells that the run with this number has ended well."""
        await self.over_cells(f"✓ {count} ").first.wait_for()

    async def command(self, title: str) -> None:
        """Run a command by the palette, chosen by its whole title."""
        await self._pick("F1", f">{title}", title, whole=True)

    async def _pick(self, key: str, typed: str, title: str, *, whole: bool = False) -> None:
        """Open a list by a key, type into it, and take the entry with this title.

        A list goes when the focus does, and that may come back to a webview late, from the list
        before: then the list is opened once more.
        """
        box = self.page.locator(".quick-input-widget input").first
        rows = self.page.locator(".quick-input-list .monaco-list-row")
        label = re.compile(f"^{re.escape(title)}$") if whole else title
        row = rows.filter(has=self.page.locator(".label-name", has_text=label)).first
        focused = self.page.locator(".quick-input-list .monaco-list-row.focused .label-name").first

        async def taken() -> bool:
            await self.page.keyboard.press(key)
            with contextlib.suppress(Error):
                await box.fill(typed, timeout=GLANCE)
                await row.wait_for(timeout=GLANCE)
                # The list sorts itself while it is looked at; what the focus is on is taken.
                for _ in range(await rows.count()):
                    name = await focused.text_content(timeout=GLANCE) or ""
                    if name == title or (title in name and not whole):
                        await self.page.keyboard.press("Enter")
                        return True
                    await self.page.keyboard.press("ArrowDown")
            await self.page.keyboard.press("Escape")
            return False

        await self.until(taken, f"{title} to be picked")

    async def view(self, name: str) -> None:
        """Show a container of the side bar."""
        item = self.page.locator(f'.activitybar .action-label[aria-label^="{name}"]').first
        if await item.get_attribute("aria-expanded") != "true":
            await item.click()

    async def go_to_line(self, line: int) -> None:
        """Put the cursor on a line, from 1, and the keyboard into the script."""
        await self.page.keyboard.press("Control+g")
        box = self.page.locator(".quick-input-widget input").first
        await box.wait_for(state="visible")
        await box.fill(f":{line}")
        entry = self.page.locator(".quick-input-list .monaco-list-row.focused")
        await entry.filter(has_text=f"line {line}").wait_for()
        await self.page.keyboard.press("Enter")
        await self.page.locator(".quick-input-widget").wait_for(state="hidden")
        await self.cursor_on(line)
        await self.page.locator(".editor-instance .monaco-editor.focused").first.wait_for()

    async def focus(self, line: str) -> None:
        """Click into a line of the script."""
        await self.line(line).first.click()
        await self.page.locator(".editor-instance .monaco-editor.focused").first.wait_for()

    async def suggested(self, name: str) -> None:
        """Wait until a name is suggested; who does not see it asks for it, as by Ctrl+Space."""
        row = self.page.locator(".suggest-widget.visible .monaco-list-row", has_text=name).first

        async def seen() -> bool:
            if await appears(row):
                return True
            await self.page.keyboard.press("Escape")
            await self.page.keyboard.press("Control+Space")
            return False

        await self.until(seen, f"{name} to be suggested")

    async def hovered(self, place: Locator, text: str) -> Locator:
        """Rest the mouse on a place until a hover with this text is shown; return the hover."""
        shown = self.page.locator(".monaco-hover:visible", has_text=text).first

        async def seen() -> bool:
            # A hover goes with any change of the text or of what is drawn over it.
            await self.page.mouse.move(5, 5)
            await place.hover()
            return await appears(shown)

        await self.until(seen, f"a hover with {text}")
        return shown

    async def click_in_row(self, row: Locator, button: str) -> None:
        """Click what a row shows only under the mouse: when it is drawn anew, that goes again."""

        async def clicked() -> bool:
            try:
                await row.hover(timeout=2000)
                await row.locator(button).first.click(timeout=2000)
            except Error:
                return False
            return True

        await self.until(clicked, f"{button} in a row")

    def in_explorer(self, name: str) -> Locator:
        """Return the row of a file."""
        return self.page.locator(".explorer-folders-view .monaco-list-row", has_text=name)

    async def choose(self, row: Locator, title: str, then: Locator) -> None:
        """Choose an entry of a row's menu until what comes of it is shown.

        A menu takes no click in its first tenth of a second, and goes when the focus does.
        """
        entry = self.page.locator(".context-view .action-label", has_text=title)

        async def chosen() -> bool:
            with contextlib.suppress(Error):
                await row.click(button="right", timeout=2000)
                await entry.click(delay=200, timeout=2000)
            return await appears(then)

        await self.until(chosen, f"{title} to be chosen")

    def tab(self, name: str) -> Locator:
        """Return the tab of the editor at hand, if it is of this file."""
        return self.page.locator(".tab.active", has_text=name)

    async def notice(self, text: str) -> Locator:
        """Wait for a message to the person; the toast may have gone, so the centre is opened."""
        item = ".notifications-center .notification-list-item"
        shown = self.page.locator(item, has_text=text).first

        async def seen() -> bool:
            await self.command("Notifications: Show Notifications")
            return await appears(shown)

        await self.until(seen, f"a message with {text}")
        return shown

    async def frame(self, selector: str, *, patience: float = PATIENCE) -> Locator:
        """Wait for something within a webview."""

        async def look() -> Locator | None:
            # The first is the window's own page, whose text is that of the script too.
            for frame in self.page.frames[1:]:
                if await has(frame, selector):
                    return frame.locator(selector).first
            return None

        return await self.until(look, f"{selector} in a webview", patience=patience)

    async def until(
        self,
        look: Callable[[], Awaitable[T | None]],
        what: str,
        shown: Callable[[], Awaitable[object]] | None = None,
        *,
        patience: float = PATIENCE,
    ) -> T:
        """Look at the page until there is something; return it."""
        end = time.monotonic() + patience
        while True:
            if found := await look():
                return found
            if time.monotonic() > end:
                seen = await shown() if shown else ""
                raise AssertionError(f"Waited {patience} s for {what}. {seen}")
            await asyncio.sleep(0.05)  # Wait: for a page, which draws without telling
