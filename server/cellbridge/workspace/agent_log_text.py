"""The log of agents' calls as text for the user.

Owns its wording and layout, the same in a terminal and in an editor. It must not read the log.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from cellbridge.core.output.escapes import label
from cellbridge.core.output.preview import shorten
from cellbridge.session.agent_log import AgentCall, Outcome

NO_CALLS = "No agent has used the sessions of this script."
_TEXT_LIMIT = 300
"""Characters of the arguments and of the answer."""


def log_text(calls: Sequence[AgentCall]) -> str:
    """Return calls, one paragraph each, in the given order."""
    return "\n\n".join(map(_paragraph, calls)) if calls else NO_CALLS


def _paragraph(call: AgentCall) -> str:
    outcome = "" if call.outcome is Outcome.OK else f" · {call.outcome}"
    head = f"{_local_time(call.time)} · {label(call.agent)} · {label(call.tool)}{outcome}"
    runs = f"runs: {label(', '.join(call.runs))}" if call.runs else ""
    details = (shorten(call.arguments, _TEXT_LIMIT), shorten(call.summary, _TEXT_LIMIT), runs)
    return "\n".join([head, *(f"    {line}" for line in details if line)])


def _local_time(seconds: float) -> str:
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))
    except (OverflowError, ValueError, OSError):
        return "at an unknown time"
