"""One browser and one kernel for all tests of widgets; each test shows its own cells."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect

from support.patience import PATIENCE
from support.widget_page import LACKING, WidgetBrowser, WidgetPage

expect.set_options(timeout=PATIENCE * 1000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep these tests in one process, and skip them without a browser."""
    lacking = bool(LACKING) and not os.environ.get("CI")
    for item in items:
        if Path(item.path).is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.timeout(240))
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
            item.add_marker(pytest.mark.xdist_group("widgets"))
            item.add_marker(pytest.mark.skipif(lacking, reason=LACKING))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[WidgetBrowser]:
    assert not LACKING, LACKING
    async with WidgetBrowser() as made:
        await made.kernel.run("import ipywidgets as w\nfrom IPython.display import display")
        await made.open()
        yield made


@pytest.fixture
def page(browser: WidgetBrowser) -> WidgetPage:
    """The page that stays open."""
    return browser.pages[0]
