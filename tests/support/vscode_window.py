"""A window of VS Code as a page of Chromium, and the ways in which tests look at it.

Owns the page's selectors. What a test asks of it is the test's matter.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from playwright.async_api import Error, Frame, Locator, Page

from support.vscode_server import Server

T = TypeVar("T")


class Window:
    """A page of Chromium that shows VS Code."""

    def __init__(self, server: Server, page: Page) -> None:
        self.server = server
        self.page = page
        self.opened: list[Path] = []
        """Scripts that may have sessions."""
        self.lost = True
        """Nothing is known of what it shows; a fresh page is."""
        page.set_default_timeout(20_000)

    async def open(self, name: str, text: str, *, cells: bool = True) -> Path:
        """Write a script and open it, as a person does by its name."""
        path = self.server.workspace / name
        path.write_text(text, "utf-8")
        self.opened.append(path)
        if self.lost:
            await self.page.goto(self.server.url(file=path))
            self.lost = False
        else:
            await self.page.keyboard.press("Control+p")
            box = self.page.locator(".quick-input-widget input").first
            # By its whole path: what is new is not among what has been searched.
            await box.fill(str(path))
            await self.page.locator(".quick-input-list .monaco-list-row", has_text=name).wait_for()
            await self.page.keyboard.press("Enter")
        await self.ready(cells=cells)
        return path

    async def leave(self) -> None:
        """Close what a test has opened."""
        if not self.lost:
            try:
                await self.page.keyboard.press("Escape")
                await self.command("Notifications: Clear All Notifications")
                await self.command("File: Save All")
                await self.command("View: Close All Editors")
            except Error:
                self.lost = True

    async def ready(self, *, cells: bool = True) -> None:
        """Wait until the script is shown and the server has told of its kernel."""
        await self.page.locator(".monaco-editor .view-line").first.wait_for(timeout=60_000)
        await self.status("$").first.wait_for(timeout=60_000)
        if cells:
            await self.lens("Run").first.wait_for(timeout=60_000)

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

    async def command(self, title: str, *, picks: bool = False) -> None:
        """Run a command by the palette; one that ``picks`` opens a list of its own."""
        await self.page.keyboard.press("F1")
        box = self.page.locator(".quick-input-widget input").first
        await box.wait_for(state="visible")
        await box.fill(f">{title}")
        row = self.page.locator(".quick-input-list .monaco-list-row", has_text=title)
        await row.first.wait_for()
        await self.page.keyboard.press("Enter")
        if not picks:
            await self.page.locator(".quick-input-widget").wait_for(state="hidden")

    async def view(self, name: str) -> None:
        """Show a container of the side bar."""
        item = self.page.locator(f'.activitybar .action-label[aria-label^="{name}"]').first
        if await item.get_attribute("aria-expanded") != "true":
            await item.click()

    async def go_to_line(self, line: int) -> None:
        """Put the cursor on a line, from 1."""
        await self.page.keyboard.press("Control+g")
        box = self.page.locator(".quick-input-widget input").first
        await box.wait_for(state="visible")
        await box.fill(f":{line}")
        await self.page.keyboard.press("Enter")
        await self.page.locator(".quick-input-widget").wait_for(state="hidden")

    async def focus(self, line: str) -> None:
        """Click into a line of the script."""
        await self.line(line).first.click()

    async def notice(self, text: str) -> Locator:
        """Wait for a message to the person; the toast may have gone, so the centre is opened."""
        item = self.page.locator(
            ".notifications-center .notification-list-item-message, "
            ".notifications-toasts .notification-list-item-message",
            has_text=text,
        ).first

        async def look() -> bool:
            if await item.count() and await item.is_visible():
                return True
            if not await self.page.locator(".notifications-center.visible").count():
                await self.page.locator('[id="status.notifications"]').click()
            return False

        await self.until(look, f"a message with {text!r}")
        return item

    async def frame(self, selector: str) -> Locator:
        """Wait for something within a webview."""

        async def look() -> Locator | None:
            for frame in self.page.frames:
                if await has(frame, selector):
                    return frame.locator(selector).first
            return None

        return await self.until(look, f"{selector} in a webview")

    async def until(
        self,
        look: Callable[[], Awaitable[T]],
        what: str,
        shown: Callable[[], Awaitable[object]] | None = None,
        *,
        patience: float = 20,
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

    async def picture(self, path: Path) -> None:
        """Save what is on the screen."""
        await self.page.mouse.move(5, 5)
        await self.page.screenshot(path=str(path), animations="disabled")


async def has(frame: Frame, selector: str) -> bool:
    """Whether a frame holds something now; one that is going away does not."""
    try:
        return await frame.locator(selector).count() > 0
    except Error:
        return False
