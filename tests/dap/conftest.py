"""Scripts whose sessions the tests of a module share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from support.sessions import stop


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def script(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Path]:
    """A script that a test writes, in a session that the tests of the module share."""
    path = tmp_path_factory.mktemp("debugged") / "script.py"
    path.touch()
    yield path
    await stop(path)
