"""One browser and one kernel for all tests of widgets; each test shows its own cells."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect

from support import chromium
from support.patience import PATIENCE
from support.widget_page import WidgetBrowser, WidgetPage

expect.set_options(timeout=PATIENCE * 1000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give these tests one loop and enough time, and skip them without a browser."""
    for item in items:
        if Path(item.path).is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.timeout(240))
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
            item.add_marker(chromium.needs(chromium.PANEL))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[WidgetBrowser]:
    assert not (reason := chromium.missing(chromium.PANEL)), reason
    async with WidgetBrowser() as made:
        await made.kernel.run("import ipywidgets as w\nfrom IPython.display import display")
        await made.open()
        yield made


@pytest.fixture
def page(browser: WidgetBrowser) -> WidgetPage:
    """The page that stays open."""
    return browser.pages[0]
