"""An agent with a script, whose kernel the tests of a module share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from support.agent import Agent, agent
from support.sessions import stop


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def mine(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Agent]:
    """An agent that is allowed in the directory of its script."""
    folder = tmp_path_factory.mktemp("agent")
    async with agent(folder, "--allow", ".") as one:
        one.script.touch()
        yield one
        await stop(one.script)
