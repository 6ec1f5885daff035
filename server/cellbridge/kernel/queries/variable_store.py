"""The request to save or load a kernel's variables: one silent request between cells.

Owns the request to probe/variable_store.py and the reading of its answer. It must not decide when
it is sent: it runs the user's code, and cells wait for it.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Literal, cast

import msgspec

from cellbridge.core.saved_variables import SavedVariables
from cellbridge.kernel.channels.requests import Requests, silent_code

SOURCE = "cellbridge_variable_store"
"""The mark of the answer among the payloads of the reply."""
UNREADABLE = SavedVariables(refused="Could not read the kernel's answer. See the session log.")


async def transfer(
    requests: Requests, op: Literal["save", "restore"], path: Path, names: list[str]
) -> SavedVariables:
    """Save variables to ``path``, or load them from it; without ``names``, all of them.

    It has no time limit; an interrupt ends it.

    Raises:
        KernelGone: the kernel has ended meanwhile.
    """
    source = Path(__file__).parents[1] / "probe" / "variable_store.py"
    order = {"op": op, "path": str(path), "names": names, "now": time.time()}
    compiled = f"compile({source.read_text('utf-8')!r}, '<cellbridge variable store>', 'exec')"
    code = f"exec({compiled}, {{'__name__': {SOURCE!r}, 'order': {order!r}}})"
    asked = requests.send("shell", "execute_request", silent_code(code))
    try:
        reply = await asked.reply
    finally:
        requests.forget(asked)
    return _read(reply.content)


def _read(content: dict[str, Any]) -> SavedVariables:
    payload = content.get("payload")
    for part in cast("list[object]", payload) if isinstance(payload, list) else []:
        try:
            if cast("dict[str, object]", part).get("source") == SOURCE:
                return msgspec.convert(part, SavedVariables)
        except (msgspec.ValidationError, AttributeError):
            return UNREADABLE
    said = content.get("evalue")
    return SavedVariables(refused=str(said)) if said else UNREADABLE
