"""The process of ``cellbridge mcp``; its messages are in test_wire.py."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE


async def test_without_the_extra_the_user_is_told_how_to_get_it() -> None:
    program = (
        "import sys; sys.modules['mcp_types'] = None; sys.argv = ['cellbridge', 'mcp']\n"
        "from cellbridge.cli.main import main; main()"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdin=DEVNULL, stdout=PIPE, stderr=PIPE
    )
    output, errors = await process.communicate()
    assert (process.returncode, output) == (2, b"")
    assert errors.decode().count("\n") == 1
    assert "pip install 'cellbridge[mcp]'" in errors.decode()
