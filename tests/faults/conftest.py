"""The scene that the tests of one module share: six scripts, each in one state of a session."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from support.fault_scene import Scene, scene_in


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_scene(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    async with scene_in(tmp_path_factory.mktemp("faults")) as scene:
        yield scene


@pytest_asyncio.fixture(loop_scope="module")
async def scene(shared_scene: Scene) -> Scene:
    await shared_scene.enter()
    return shared_scene
