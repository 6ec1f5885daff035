"""Having a kernel save its variables, or load them: one silent request between cells.

Owns the request to probe/variable_store.py and the reading of its answer. It must not decide when
that is done: it runs code of the user's, and cells wait behind it.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Literal, cast

import msgspec

from cellbridge.core.saved_variables import SavedVariables
from cellbridge.kernel.channels.requests import Requests

SOURCE = "cellbridge_saving"
"""What marks the answer among the payloads of the reply."""
UNREADABLE = SavedVariables(refused="The kernel's answer could not be read; its log may say why.")


async def carry_out(
    requests: Requests, op: Literal["save", "restore"], path: Path, names: list[str]
) -> SavedVariables:
    """Save variables to ``path``, or load them from there; all of them without ``names``.

    Takes as long as it takes; an interrupt ends it.

    Raises:
        KernelGone: the kernel has ended meanwhile.
    """
    source = Path(__file__).parents[1] / "probe" / "variable_store.py"
    order = {"op": op, "path": str(path), "names": names, "now": time.time()}
    compiled = f"compile({source.read_text('utf-8')!r}, '<cellbridge saving>', 'exec')"
    content = {
        "code": f"exec({compiled}, {{'__name__': 'cellbridge_saving', 'order': {order!r}}})",
        "silent": True,
        "store_history": False,
        "allow_stdin": False,
        "stop_on_error": False,
    }
    asked = requests.ask("shell", "execute_request", content)
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
