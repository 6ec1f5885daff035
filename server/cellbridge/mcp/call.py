"""One call of a tool: the agent that calls, and the script that it means.

Owns what every tool needs before it does anything: permission, the open script and its present
text. It must not know the SDK.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from cellbridge.mcp.permission import Permission
from cellbridge.mcp.scripts import OpenScript, ScriptPath, Scripts, locate

Asker = Callable[[str, str], Awaitable[bool | None]]
"""Asks the user a question through the client, under a key that is the same when the client repeats
the call. The answer is None if the client cannot ask, or the user did not decide. Raises
`Unanswered`: then nothing is done for this call."""


@dataclass(eq=False)
class Call:
    """One call of a tool."""

    agent: str
    """The name of the agent for users."""
    scripts: Scripts
    permission: Permission
    ask: Asker
    place: ScriptPath | None = None
    """The script of the call, once it is known."""
    script: OpenScript | None = None
    runs: list[str] = field(default_factory=list[str])
    """The runs that the call starts or concerns, for the log."""

    async def open(self, given: str, *, text: bool = True) -> OpenScript:
        """Return the script at a path that the agent has given, if the user allows it.

        ``text``: take the present text first, for a tool that names or shows cells.

        Raises:
            ToolError: it is not a script, or the user does not allow it.
        """
        self.place = await asyncio.to_thread(locate, given)
        client = await self.permission.obtain(self.place, self.scripts.get(self.place), self)
        self.script = await self.scripts.open(self.place, client)
        if text:
            await self.scripts.follow(self.script)
        return self.script
