"""A window of VS Code as a page of Chromium.

Owns the selectors of the page and the actions of tests in it.
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

from support.vscode.presence import GLANCE, appears, has
from support.vscode.server import Server

T = TypeVar("T")

PATIENCE = 60.0
"""Time limit in seconds: a kernel that imports pandas takes twenty on a busy machine."""


class Window:
    """A page of Chromium that shows VS Code."""

    def __init__(self, server: Server, page: Page) -> None:
        self.server = server
        self.page = page
        self.opened: list[Path] = []
        """Scripts that may have sessions."""
        self.is_unknown = True
        """The state of the page is unknown, so the next test loads it again."""
        page.set_default_timeout(PATIENCE * 1000)

    async def open(self, name: str, text: str, *, cells: bool = True) -> Path:
        """Write a script and open it by its name."""
        path = self.server.workspace / name
        path.write_text(text, "utf-8")
        self.opened.append(path)
        if self.is_unknown:
            await self.page.goto(self.server.url(file=path))
            self.is_unknown = False
        else:
            # By its whole path: a new file is not in the search index yet.
            await self._pick("Control+p", str(path), name)
        await self.tab(name).wait_for()
        await self.wait_until_ready(cells=cells)
        return path

    async def close_editors(self) -> None:
        """Close all editors and notifications."""
        if not self.is_unknown:
            try:
                await self.page.keyboard.press("Escape")
                await self.command("Notifications: Clear All Notifications")
                await self.save()
                await self.command("View: Close All Editors")
                await expect(self.page.locator(".tab")).to_have_count(0, timeout=PATIENCE * 1000)
            except (Error, AssertionError):
                self.is_unknown = True

    async def save(self) -> None:
        """Save all files, and wait until they are saved."""
        await self.command("File: Save All Files")
        await expect(self.page.locator(".tab.dirty")).to_have_count(0, timeout=PATIENCE * 1000)

    async def wait_until_ready(self, *, cells: bool = True) -> None:
        """Wait until the script, its kernel and its keybindings are ready."""
        await self.page.locator(".monaco-editor .view-line").first.wait_for()
        await self.status("$").first.wait_for()
        if cells:
            await self.lens("Run").first.wait_for()
            # This button has the same condition as the keybindings.
            button = '.editor-actions .action-label[aria-label="Run All Cells"]'
            await self.page.locator(button).first.wait_for()

    async def cursor_on(self, line: int) -> None:
        """Wait until the cursor is on a line, from 1."""
        await self.page.locator(".statusbar-item", has_text=f"Ln {line}, ").wait_for()

    def status(self, text: str) -> Locator:
        """Return the status bar item of the kernel; `$` matches any text."""
        item = self.page.locator('.statusbar-item[id$="cellbridge.kernel"]')
        return item if text == "$" else item.filter(has_text=text)

    def lens(self, title: str) -> Locator:
        return self.page.locator(".codelens-decoration a", has_text=title)

    def lens_line(self, text: str) -> Locator:
        """Return a line of lenses that contains a text."""
        return self.page.locator(".codelens-decoration", has_text=text)

    def line(self, text: str) -> Locator:
        return self.page.locator(".monaco-editor .view-line", has_text=text)

    def zone(self, text: str = "") -> Locator:
        """Return the outputs drawn under cells."""
        found = self.page.locator(".monaco-editor .review-widget")
        return found.filter(has_text=text) if text else found

    async def line_end_texts(self) -> list[str]:
        """Return the texts at the ends of lines, which exist only in CSS."""
        found: list[str] = await self.page.evaluate(
            """() => [...document.querySelectorAll('.monaco-editor .view-line span')]
                 .map(e => getComputedStyle(e, '::after').content)
                 .filter(c => c && c !== 'none' && c.startsWith('"'))
                 .map(c => c.slice(1, -1).replaceAll('\\u00a0', ' ').replaceAll('\\\\"', '"'))"""
        )
        return found

    async def line_end_text(self, text: str) -> str:
        """Wait for a text at the end of a line that contains `text`; return the whole text."""

        async def look() -> str:
            return next((one for one in await self.line_end_texts() if text in one), "")

        return await self.until(look, f"{text!r} at the end of a line", self.line_end_texts)

    async def wait_for_run(self, count: int) -> None:
        """Wait until a lens shows the success of the run with this number."""
        await self.lens_line(f"✓ {count} ").first.wait_for()

    async def command(self, title: str) -> None:
        """Run a command from the palette by its exact title."""
        await self._pick("F1", f">{title}", title, whole=True)

    async def _pick(self, key: str, typed: str, title: str, *, whole: bool = False) -> None:
        """Open a list with a key, type into it, and pick the entry with this title.

        A list closes when it loses the focus, which a webview may take back late. The list is then
        opened again.
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
                # The list may be sorted meanwhile: pick the focused entry.
                for _ in range(await rows.count()):
                    name = await focused.text_content(timeout=GLANCE) or ""
                    if name == title or (title in name and not whole):
                        await self.page.keyboard.press("Enter")
                        return True
                    await self.page.keyboard.press("ArrowDown")
            await self.page.keyboard.press("Escape")
            return False

        await self.until(taken, f"{title} to be picked")

    async def show_view(self, name: str) -> None:
        """Show a container of the side bar; a click on its icon would hide it if it is shown."""
        await self.command(f"View: Show {name}")

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

    async def wait_for_suggestion(self, name: str) -> None:
        """Wait until a name is suggested, and request suggestions with Ctrl+Space if needed."""
        row = self.page.locator(".suggest-widget.visible .monaco-list-row", has_text=name).first

        async def seen() -> bool:
            if await appears(row):
                return True
            await self.page.keyboard.press("Escape")
            await self.page.keyboard.press("Control+Space")
            return False

        await self.until(seen, f"{name} to be suggested")

    async def show_hover(self, place: Locator, text: str) -> Locator:
        """Hover over an element until a hover with this text appears; return the hover."""
        shown = self.page.locator(".monaco-hover:visible", has_text=text).first

        async def seen() -> bool:
            # A hover closes with any change of the text or its decorations.
            await self.page.mouse.move(5, 5)
            await place.hover()
            return await appears(shown)

        await self.until(seen, f"a hover with {text}")
        return shown

    async def click_in_row(self, row: Locator, button: str) -> None:
        """Click a button that a row shows only under the mouse, again if the row is redrawn."""

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

    async def choose_from_menu(self, row: Locator, title: str, then: Locator) -> None:
        """Choose an entry of a row's context menu until its result appears.

        A menu ignores clicks in its first tenth of a second, and closes when it loses the focus.
        """
        entry = self.page.locator(".context-view .action-label", has_text=title)

        async def chosen() -> bool:
            with contextlib.suppress(Error):
                await row.click(button="right", timeout=2000)
                await entry.click(delay=200, timeout=2000)
            return await appears(then)

        await self.until(chosen, f"{title} to be chosen")

    def tab(self, name: str) -> Locator:
        """Return the active tab, if it shows this file."""
        return self.page.locator(".tab.active", has_text=name)

    async def notification(self, text: str) -> Locator:
        """Wait for a notification, in the notification centre: the toast may be hidden already."""
        item = ".notifications-center .notification-list-item"
        shown = self.page.locator(item, has_text=text).first

        async def seen() -> bool:
            await self.command("Notifications: Show Notifications")
            return await appears(shown)

        await self.until(seen, f"a notification with {text}")
        return shown

    async def in_webview(self, selector: str, *, patience: float = PATIENCE) -> Locator:
        """Wait for an element in a webview."""

        async def look() -> Locator | None:
            # The first frame is the window's own page.
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
        """Poll the page until `look` returns a value; return it."""
        end = time.monotonic() + patience
        while True:
            if found := await look():
                return found
            if time.monotonic() > end:
                seen = await shown() if shown else ""
                raise AssertionError(f"Waited {patience} s for {what}. {seen}")
            await asyncio.sleep(0.05)  # Wait: for a page, which sends no events
