"""Facts about a kernel for the user are notices of its session, for as long as it runs."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from cellbridge.core.runs.runs import KernelState
from support import exposed_kernel
from support.command import cellbridge
from support.sessions import client_of, kernel_of, kill, session_of


async def test_an_exposed_kernel_is_a_notice_while_it_lives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    (script := tmp_path / "script.py").write_text("# %%\n1\n")
    async with session_of(script) as client:
        client.kernel = exposed_kernel.register(tmp_path / "kernels")
        seen: list[tuple[KernelState, bool]] = []
        client.watcher.on_change = lambda: seen.append(
            (client.session.kernel.state, bool(client.session.notices.kernel))
        )
        await client.run("1")
        assert client.session.notices.kernel == [exposed_kernel.NOTICE]
        assert client.session.notices.store == []
        async with client_of(script) as other:
            assert other.session.notices == client.session.notices
        # The stored outputs have no fault.
        listed = await asyncio.to_thread(cellbridge, "outputs", "list", script)
        assert (listed.code, listed.err) == (0, ""), listed
        kill(kernel_of(script))
        await client.watcher.until(lambda: client.session.kernel.state is KernelState.DEAD)
        assert client.session.notices.kernel == []
    living = {KernelState.IDLE, KernelState.BUSY}
    assert all((state in living) is noticed for state, noticed in seen), seen
