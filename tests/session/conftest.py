"""A path for a store, and scripts whose sessions certainly end with the tests that used them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from support.sessions import stop


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The path of a store that does not exist yet."""
    return tmp_path / "session.sqlite"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def script(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Path]:
    """A script whose session the tests of this module share."""
    path = tmp_path_factory.mktemp("shared") / "script.py"
    yield path
    await stop(path)


@pytest_asyncio.fixture(loop_scope="module")
async def own(tmp_path: Path) -> AsyncIterator[Path]:
    """A script whose session no other test has, for tests that break it."""
    path = tmp_path / "own.py"
    yield path
    await stop(path)
