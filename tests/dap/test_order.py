"""The order of messages, refused requests and malformed messages, without a kernel."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from cellbridge.base_protocol.frame_writer import frame
from cellbridge.dap.capabilities import FORWARDED
from support.dap_client import CLIENT, DapClient, dap_client
from support.patience import PATIENCE

CAPABILITY_OF = {
    "supportsBreakpointLocationsRequest": "breakpointLocations",
    "supportsCompletionsRequest": "completions",
    "supportsExceptionInfoRequest": "exceptionInfo",
    "supportsFunctionBreakpoints": "setFunctionBreakpoints",
    "supportsGotoTargetsRequest": "gotoTargets",
    "supportsLoadedSourcesRequest": "loadedSources",
    "supportsModulesRequest": "modules",
    "supportsRestartFrame": "restartFrame",
    "supportsSetExpression": "setExpression",
    "supportsSetVariable": "setVariable",
    "supportsStepInTargetsRequest": "stepInTargets",
    "supportsDataBreakpoints": "setDataBreakpoints",
    "supportsDisassembleRequest": "disassemble",
    "supportsInstructionBreakpoints": "setInstructionBreakpoints",
    "supportsReadMemoryRequest": "readMemory",
    "supportsRestartRequest": "restart",
    "supportsStepBack": "stepBack",
    "supportsTerminateThreadsRequest": "terminateThreads",
    "supportsWriteMemoryRequest": "writeMemory",
}
"""The request that each capability allows."""


async def ended(client: DapClient) -> int:
    """Wait for the end of the process; return its exit code."""
    async with asyncio.timeout(PATIENCE):
        return await client.process.wait()


async def test_initialize_comes_first_and_once() -> None:
    async with dap_client() as client:
        assert await client.refused("threads") == "The first request must be initialize."
        await client.initialize()
        for capability, command in CAPABILITY_OF.items():
            assert bool(client.capabilities.get(capability)) == (command in FORWARDED), capability
        assert "initialize" in await client.refused("initialize", **CLIENT)
        await client.disconnect()


async def test_requests_before_attach_and_unknown_ones_are_refused() -> None:
    async with dap_client() as client:
        await client.initialize()
        assert "after attach or launch" in await client.refused("threads")
        assert "after attach or launch" in await client.refused("configurationDone")
        assert await client.request("cancel", requestId=99) == {}
        assert await client.request("cancel") == {}
        await client.disconnect()


@pytest.mark.parametrize("command", ["attach", "launch"])
async def test_a_script_that_cannot_be_debugged_is_refused(command: str, tmp_path: Path) -> None:
    (tmp_path / "a.r").write_text("# %%\n1\n")
    (tmp_path / "header.py").write_text(
        "# ---\n# jupyter:\n#   kernelspec:\n#     language: julia\n#     name: julia\n# ---\n"
        "# %%\n1\n"
    )
    (tmp_path / "latin.py").write_bytes(b"# \xe9\n")
    (tmp_path / "empty.py").write_text("# %%\n")
    (tmp_path / "book.ipynb").write_text("{}")
    cases: dict[Any, str] = {
        None: "needs the path of a script",
        7: "needs the path of a script",
        "\0": "NUL",
        "~nobody/a.py": "does not exist; check the path",
        str(tmp_path / "gone.py"): "gone.py does not exist; check the path",
        str(tmp_path): "is a directory",
        str(tmp_path / "a.r"): "a.r is a script in R, and Cellbridge debugs only",
        (tmp_path / "header.py").as_uri(): "header.py is a script in Julia",
        str(tmp_path / "latin.py"): "is not UTF-8",
    }
    async with dap_client() as client:
        await client.initialize()
        for script, sentence in cases.items():
            given = {} if script is None else {"script": script}
            assert sentence in await client.refused(command, **given)
        script = str(tmp_path / "empty.py")
        for wrong in ({"start": 1}, {"justMyCode": "yes"}, {"subProcess": []}):
            assert "must be true or false" in await client.refused(command, script=script, **wrong)
        if command == "attach":
            notebook = str(tmp_path / "book.ipynb")
            sentence = await client.refused("attach", script=notebook, start=False)
            assert sentence.startswith("No kernel runs for book.ipynb")
            sentence = await client.refused("attach", script=script, start=False)
            assert sentence.startswith("No kernel runs for empty.py; run one of its cells first")
        await client.disconnect()


async def test_cells_that_do_not_exist_are_refused(tmp_path: Path) -> None:
    script = tmp_path / "a.py"
    script.write_text("# %% [markdown]\n# Title\n# %%\n\n# %%\n1\n")
    cases: dict[str, tuple[dict[str, Any], str]] = {
        "name": ({"cells": "some"}, '"cells" must be'),
        "none": ({"cells": []}, '"cells" must be'),
        "bool": ({"cells": [True]}, '"cells" must be'),
        "place": ({"cells": [3]}, "a.py has 3 cells, and none is 3"),
        "id": ({"cells": ["nope"]}, "none is 'nope'"),
        "no code": ({"cells": [0, 1]}, "a.py has no code to run there"),
        "no line": ({"cells": "toCursor"}, '"toCursor" needs the number of a line'),
        "cursor": ({"cells": "toCursor", "line": 2}, "a.py has no code to run there"),
    }
    async with dap_client() as client:
        await client.initialize()
        for arguments, sentence in cases.values():
            assert sentence in await client.refused("launch", script=str(script), **arguments)
        await client.disconnect()


MALFORMED = [
    b"no header at all\r\n\r\n",
    b"Content-Length: many\r\n\r\n",
    b"Content-Length: 99999999999999\r\n\r\n",
    *map(
        frame,
        [
            b"",
            b"{",
            b"\xff\xfe",
            b"null",
            b"[]",
            b"{}",
            b'{"type": "request"}',
            b'{"type": "request", "seq": "1", "command": "threads"}',
            b'{"type": "response", "request_seq": 1, "seq": 1, "success": true}',
            b'{"type": "event", "seq": 3, "event": "stopped"}',
            b"[" * 100_000,
        ],
    ),
]


async def test_malformed_messages_are_skipped_or_answered() -> None:
    async with dap_client() as client:
        await client.initialize()
        for data in MALFORMED:
            client.write(data)
        deep = '{"a":' * 300 + "1" + "}" * 300
        broken = [
            '{"type": "request", "seq": 901}',
            '{"type": "request", "seq": 902, "command": 5}',
            '{"type": "request", "seq": 903, "command": "threads", "arguments": [1]}',
            f'{{"type": "request", "seq": 904, "command": "threads", "arguments": {deep}}}',
            json.dumps({"type": "request", "seq": 905, "command": "x" * 100_000}),
            '{"type": "request", "seq": 906, "command": "fly"}',
        ]
        for text in broken:
            client.write(frame(text.encode()))
        assert await client.request("cancel") == {}
        answers = {one["request_seq"]: one for one in client.log if one["type"] == "response"}
        for seq in range(901, 907):
            assert not answers[seq]["success"]
        assert "nested" in answers[904]["message"]
        await client.disconnect()


async def test_the_end_of_the_input_ends_the_process() -> None:
    async with dap_client() as client:
        await client.initialize()
        assert client.process.stdin is not None
        client.process.stdin.close()
        assert await ended(client) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_a_signal_ends_the_process(number: signal.Signals) -> None:
    async with dap_client() as client:
        await client.initialize()
        os.kill(client.process.pid, number)
        assert await ended(client) == 0


async def test_the_help_is_printed_without_a_client() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "cellbridge", "dap", "--help", stdout=asyncio.subprocess.PIPE
    )
    text, _ = await process.communicate()
    assert b"debug adapter" in text
    assert process.returncode == 0
