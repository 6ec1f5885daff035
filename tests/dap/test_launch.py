"""Cells that `launch` runs: their outputs on the debug console, and their end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from support.dap_client import DapClient, dap_client

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCRIPT = """# %% [markdown]
# Title
# %% one
x = 1
print("one", x)
# %% two
import sys
print("two", x)
print("warned", file=sys.stderr)
x + 40
# %% three
1 / 0
# %% four
print("four")
"""


def write(script: Path, text: str) -> None:
    script.write_text(text)


async def finished(client: DapClient, script: Path, **arguments: Any) -> int:
    """Launch cells without breakpoints; return the exit code once they have ended."""
    await client.begin("launch", script, lines=[4], noDebug=True, **arguments)
    code = (await client.event("exited"))["exitCode"]
    await client.event("terminated")
    return code


async def test_outputs_and_failures_reach_the_console(script: Path) -> None:
    write(script, SCRIPT)
    async with dap_client() as client:
        assert await finished(client, script) == 1
        assert client.printed("stdout") == "one 1\ntwo 1\n41\n"
        assert "warned\n" in client.printed("stderr")
        assert "ZeroDivisionError: division by zero" in client.printed("stderr")
        assert client.events("process") == [
            {"name": str(script), "isLocalProcess": True, "startMethod": "launch"}
        ]
        await client.disconnect()


async def test_some_cells_run_in_the_same_session(script: Path) -> None:
    write(script, SCRIPT)
    async with dap_client() as client:
        assert await finished(client, script, cells="toCursor", line=5) == 0
        assert client.printed() == "one 1\n"
        await client.disconnect()
    async with dap_client() as client:
        await client.initialize(linesStartAt1=False)
        assert await finished(client, script, cells="toCursor", line=5) == 0
        assert client.printed("stdout") == "one 1\ntwo 1\n41\n"
        await client.disconnect()
    async with dap_client() as client:
        assert await finished(client, script, cells=[4, 1]) == 0
        assert client.printed() == "one 1\nfour\n"
        await client.disconnect()


async def test_a_line_in_the_console_answers_input(script: Path) -> None:
    write(script, SCRIPT + "# %% five\nname = input('Name? ')\nprint('Hello', name)\n")
    async with dap_client() as client:
        await client.begin("launch", script, noDebug=True, cells=[5])
        await client.event("output", lambda body: "Name?" in body["output"])
        assert await client.evaluate("Ada") == ""
        await client.event("terminated")
        assert "Hello Ada\n" in client.printed("stdout")
        await client.disconnect()


async def test_terminate_interrupts_the_cells(script: Path) -> None:
    write(script, "# %%\nprint('begun')\nwhile True: pass\n# %%\nprint('never')\n")
    async with dap_client() as client:
        await client.begin("launch", script, noDebug=True)
        await client.event("output", lambda body: "begun" in body["output"])
        assert await client.request("terminate") == {}
        assert (await client.event("exited"))["exitCode"] == 1
        assert "KeyboardInterrupt" in client.printed("stderr")
        assert "never" not in client.printed()
        await client.disconnect()


async def test_disconnect_ends_the_cells_only_as_wanted(script: Path) -> None:
    write(script, "# %%\nprint('begun')\nimport time\ntime.sleep(0.5)\nprint('done')\n")
    async with dap_client() as client:
        await client.begin("launch", script, noDebug=True)
        await client.event("output", lambda body: "begun" in body["output"])
        await client.disconnect(terminateDebuggee=False)
    write(script, "# %%\nprint('after')\n")
    async with dap_client() as client:
        assert await finished(client, script) == 0  # It waited for the running cell.
        await client.disconnect()


async def test_much_output_is_bounded(script: Path) -> None:
    write(script, "# %%\nprint(('x' * 99 + '\\n') * 200_000)\nprint('end')\n")
    async with dap_client() as client:
        assert await finished(client, script) == 0
        assert "characters are left out" in client.printed("important")
        assert client.printed("stdout").endswith("end\n")
        assert len(client.printed()) < 2_000_000
        await client.disconnect()
