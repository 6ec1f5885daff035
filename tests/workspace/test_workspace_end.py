"""The end of a workspace: its documents leave their sessions before their tasks are awaited."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from cellbridge.core.runs.agents import ClientInfo
from cellbridge.workspace.open_script import SilentListener
from cellbridge.workspace.session_link import SessionLink
from cellbridge.workspace.workspace import Workspace


async def test_sessions_are_left_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = asyncio.Event()
    monkeypatch.setattr(SessionLink, "close", lambda _: left.set())
    async with Workspace(SilentListener(), client=ClientInfo("test")) as workspace:
        notebook = workspace.open((tmp_path / "a.py").as_uri(), None, 1, "# %%\n")
        await notebook.ready()
        task = workspace.start(left.wait(), lambda error: None)
    assert task.done()
    assert not task.cancelled()
