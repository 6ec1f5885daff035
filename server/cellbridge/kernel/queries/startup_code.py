"""The user's code that a new kernel runs before its first cell.

Owns its single run, silent and outside the history because no cell could show its output, and the
message about an error. It must not know the source of the code.
"""

from __future__ import annotations

from cellbridge.core.output.escapes import strip_ansi
from cellbridge.kernel.channels.requests import Requests, silent_code

SECONDS = 60.0
"""Seconds that it may take; after that, cells wait for it as for any other run."""


async def run(requests: Requests, code: str) -> str:
    """Run the code in an idle kernel; return a message about an error, or nothing."""
    if not code.strip():
        return ""
    reply = await requests.query("shell", "execute_request", silent_code(code), SECONDS)
    if reply is None:
        return f"The startup code still runs after {SECONDS:.0f} seconds; cells wait for it."
    if reply.content.get("status") == "ok":
        return ""
    name = strip_ansi(str(reply.content.get("ename", "")))
    said = strip_ansi(str(reply.content.get("evalue", "")))
    reason = ": ".join(part for part in (name, said) if part)
    return f"The startup code failed ({reason}); correct cellbridge.kernel.startup and restart."
