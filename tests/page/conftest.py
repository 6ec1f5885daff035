"""The page's process and a browser, which the tests of a module share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from support import page_process
from support.page_process import Browser
from support.sessions import stop


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The page's process."""
    with page_process.running_page(tmp_path_factory.mktemp("assets")):
        yield


@pytest_asyncio.fixture(loop_scope="module")
async def browser(page: None) -> AsyncIterator[Browser]:
    """An admitted browser."""
    async with page_process.browser() as one:
        yield one


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def script(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Path]:
    """A script whose session the tests of a module share."""
    path = tmp_path_factory.mktemp("page") / "script.py"
    yield path
    await stop(path)
