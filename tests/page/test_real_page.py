"""The page as a user has it: its own process, a browser without a network, and a kernel."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, FrameLocator, Page, async_playwright, expect

from support import chromium, page_process, sessions
from support.patience import PATIENCE

pytestmark = chromium.needs(chromium.PAGE)

SCRIPT = """\
# %% slider
import ipywidgets
slider = ipywidgets.IntSlider(7, description="speed")
slider
# %% value
print("the speed is", slider.value)
"""


class Window:
    """A browser that the page has admitted, and the addresses that it has requested."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.context = context
        self.address = address
        self.base = address.partition("/enter/")[0]
        self.requested: list[str] = []
        context.set_default_timeout(PATIENCE * 1000)
        context.on("request", lambda request: self.requested.append(request.url))

    async def open(self) -> Page:
        """Open the script in the first tab."""
        page = await self.context.new_page()
        await page.goto(self.address)
        await self.shows_script(page)
        return page

    async def open_again(self, page: Page) -> Page:
        """Open the address of a tab in another one."""
        other = await self.context.new_page()
        await other.goto(page.url)
        await self.shows_script(other)
        return other

    async def shows_script(self, page: Page) -> None:
        await expect(page.locator(".cell-title").first).to_have_text("slider", timeout=WAIT)


WAIT = PATIENCE * 1000
"""Milliseconds, as playwright counts them."""


@pytest.fixture
def built_page() -> Iterator[None]:
    """The page's process, with the built files."""
    assert not (reason := chromium.missing(chromium.PAGE)), reason
    with page_process.running_page(None):
        yield


@pytest_asyncio.fixture
async def window(tmp_path: Path, built_page: None) -> AsyncIterator[Window]:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    async with async_playwright() as playwright:
        browser = await chromium.launch(playwright)
        address = await page_process.new_address(script)
        yield Window(await browser.new_context(), address)
        await browser.close()
    await sessions.stop(script)


async def run(page: Page, title: str) -> None:
    """Run a cell by its button."""
    cell = page.locator(".cell", has=page.locator(f'.cell-title:text-is("{title}")'))
    await cell.hover()
    await cell.get_by_role("button", name="Run this cell").click()


def widget(page: Page) -> FrameLocator:
    return page.locator(".cell").first.frame_locator("iframe").frame_locator("iframe")


async def shows_speed(page: Page, value: int) -> None:
    await expect(widget(page).locator(".widget-readout")).to_have_text(str(value), timeout=WAIT)


@pytest.mark.timeout(4 * PATIENCE)
async def test_a_slider_is_one_on_all_pages_and_outlives_its_host(
    window: Window, tmp_path: Path
) -> None:
    page = await window.open()
    await run(page, "slider")
    await shows_speed(page, 7)
    await widget(page).locator(".noUi-handle").focus()
    await page.keyboard.press("ArrowRight")
    await shows_speed(page, 8)
    other = await window.open_again(page)
    await shows_speed(other, 8)
    await widget(other).locator(".noUi-handle").focus()
    await other.keyboard.press("ArrowRight")
    await shows_speed(page, 9)
    await page.reload()
    await shows_speed(page, 9)
    sessions.kill(sessions.host_of(tmp_path / "script.py"))
    await run(page, "value")
    await expect(page.get_by_text("the speed is 9")).to_be_visible(timeout=WAIT)
    await shows_speed(page, 9)
    await page.reload()
    await shows_speed(page, 9)
    own = (window.base, "data:", "blob:")
    assert [url for url in window.requested if not url.startswith(own)] == []
