"""One call of a tool: the agent that calls, and the script that it means.

Owns what every tool needs before it does anything: permission, the open script and its present
text. It must not know the SDK.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from cellbridge.core.output.preview import shorten
from cellbridge.mcp.bounds import ANSWER_BYTES, CURSOR_BYTES, NEWS_BYTES, size
from cellbridge.mcp.cursors import changes
from cellbridge.mcp.permission import Permission
from cellbridge.mcp.scripts import OpenScript, ScriptPath, Scripts, locate

Asker = Callable[[str, str], Awaitable[bool | None]]
"""Asks the user a question through the client, under a key that is the same when the client repeats
the call. The answer is None if the client cannot ask, or the user did not decide. Raises
`Unanswered`: then nothing is done for this call."""

Reporter = Callable[[float, str], Awaitable[None]]
"""Reports the progress of a call to the client: the seconds since its start, and a sentence."""


@dataclass(eq=False)
class Call:
    """One call of a tool."""

    agent: str
    """The name of the agent for users."""
    scripts: Scripts
    permission: Permission
    ask: Asker
    report: Reporter
    place: ScriptPath | None = None
    """The script of the call, once it is known."""
    script: OpenScript | None = None
    runs: list[str] = field(default_factory=list[str])
    """The runs that the call starts or concerns, for the log."""

    news: bool = True
    """True if the answer has to end in the changes by others since the last answer."""

    @property
    def room(self) -> int:
        """UTF-8 bytes for the text of the answer: the rest is for the lines at its end."""
        unsaved = size(self.script.unsaved) + 1 if self.script is not None else 0
        return ANSWER_BYTES - NEWS_BYTES - CURSOR_BYTES - unsaved

    def footer(self) -> str:
        """Return the lines at the end of the answer: changes by others, and its cursor."""
        if self.script is None:
            return ""
        script, notebook = self.script, self.script.notebook
        found = changes(script.last, notebook, agent=self.agent) if script.last else []
        news = shorten("Since your last call: " + "; ".join(found), NEWS_BYTES // 2)
        cursor, script.last = script.cursors.take(notebook)
        lines = [news if found and self.news else "", script.unsaved, f"cursor: {cursor}"]
        return "\n".join(filter(None, lines))

    async def open(self, given: str, *, text: bool = True) -> OpenScript:
        """Return the script at a path that the agent has given, if the user allows it.

        ``text``: take the present text first, for a tool that names or shows cells.

        Raises:
            ToolError: it is not a script, or the user does not allow it.
        """
        self.place = await asyncio.to_thread(locate, given)
        client = await self.permission.obtain(self.place, self.scripts.get(self.place), self)
        self.script = await self.scripts.open(self.place, client)
        if text or not self.script.notebook.has_session:
            await self.scripts.follow(self.script)
        return self.script
